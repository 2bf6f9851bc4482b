"""actions/github-script that hands the variables of the Actions cache on."""

from __future__ import annotations

import pytest

from pytest_cicache.actions import ActionCall, ActionReference, interpret
from pytest_cicache.errors import UnsupportedError

RUNTIME = {"ACTIONS_RUNTIME_TOKEN": "t", "ACTIONS_RESULTS_URL": "https://r/"}


def variables(script: str) -> dict[str, str]:
    call = ActionCall(
        reference=ActionReference.parse("actions/github-script@v8"),
        inputs={"script": script},
        github={},
        environment={"OWN": "x"},
        runtime=RUNTIME,
    )
    effect = interpret(call)
    assert effect is not None
    return dict(effect.variables)


@pytest.mark.parametrize(
    ("script", "exported"),
    [
        (
            "core.exportVariable('ACTIONS_RESULTS_URL', process.env.ACTIONS_RESULTS_URL || '');\n"
            "core.exportVariable('ACTIONS_RUNTIME_TOKEN', process.env.ACTIONS_RUNTIME_TOKEN || '');\n",
            {"ACTIONS_RESULTS_URL": "https://r/", "ACTIONS_RUNTIME_TOKEN": "t"},
        ),
        (
            '// for buildx\ncore.exportVariable("T", process.env["ACTIONS_RUNTIME_TOKEN"] ?? "")\n\n',
            {"T": "t"},
        ),
        ("core.exportVariable('A', process.env.OWN); // mine", {"A": "x"}),
        ("core.exportVariable('A', process.env.NOWHERE || '')", {"A": ""}),
    ],
)
def test_variables_are_handed_on(script: str, exported: dict[str, str]) -> None:
    assert variables(script) == exported


@pytest.mark.parametrize(
    "script",
    [
        "console.log('x')",
        "core.exportVariable('A', process.env.B)\nawait github.rest.issues.create()",
        "core.exportVariable('A', 'text')",
        "core.exportVariable('A', process.env.B || 'other')",
    ],
)
def test_other_scripts_are_not_run(script: str) -> None:
    with pytest.raises(UnsupportedError, match="the script of actions/github-script is not run"):
        variables(script)
