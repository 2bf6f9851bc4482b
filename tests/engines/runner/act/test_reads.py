"""Which composite actions act may run: those that read what it tells as GitHub does."""

from __future__ import annotations

import platform

import pytest

from pytest_cicache.engines.runner.act import _reads
from pytest_cicache.engines.runner.act._reads import is_told_by_act
from pytest_cicache.workflow import read_action

RUNNER = {"os": "Linux", "arch": "X64"}


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """A machine that is known."""
    monkeypatch.setattr(_reads.sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


def action(reads):
    """A composite action with an expression."""
    steps = f"[{{shell: bash, run: 'echo ${{{{ {reads} }}}}'}}]"
    return read_action(f"name: a\nruns: {{using: composite, steps: {steps}}}", path="act/action.yml")


@pytest.mark.parametrize(
    ("reads", "told"),
    [
        ("inputs.a", True),
        ("steps.a.outputs.b && env.C", True),
        ("github.event.pull_request.number", True),
        ("github.action_path", True),
        ("github.triggering_actor", False),
        ("toJSON(github)", False),
        ("runner.temp", True),
        ("runner.arch", True),
        ("runner.name", False),
        ("job.status", True),
        ("matrix.a", False),
        ("strategy.job-index", False),
    ],
)
def test_what_act_tells(reads, told):
    assert is_told_by_act(action(reads), RUNNER) is told


def test_a_job_for_another_processor():
    """act says what the machine is, whatever the job runs on."""
    assert not is_told_by_act(action("runner.arch"), {"os": "Linux", "arch": "ARM64"})
    assert is_told_by_act(action("runner.os"), {"os": "Linux", "arch": "ARM64"})


@pytest.mark.parametrize(
    "text",
    [
        "inputs: {a: {default: '${{ runner.name }}'}}\nruns: {using: composite, steps: []}",
        "outputs: {a: {value: '${{ runner.name }}'}}\nruns: {using: composite, steps: []}",
        "runs: {using: composite, steps: [{shell: bash, run: a, if: runner.name == 'b'}]}",
        "runs: {using: composite, steps: [{shell: bash, run: a, env: {A: '${{ runner.name }}'}}]}",
        "runs: {using: composite, steps: [{uses: a/b@c, with: {a: '${{ runner.name }}'}}]}",
    ],
    ids=["input", "output", "condition", "variable", "input of a use"],
)
def test_everywhere_in_an_action(text):
    assert not is_told_by_act(read_action(f"name: a\n{text}", path="act/action.yml"), RUNNER)
