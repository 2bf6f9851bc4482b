"""tj-actions/changed-files."""

from __future__ import annotations

import pytest

FILES = ("src/a.py", "src/b.md", "Dockerfile")


def use_it(use, changed=FILES, **inputs):
    return use("tj-actions/changed-files@v47", inputs=inputs, changed_files=changed)


@pytest.mark.parametrize(
    ("inputs", "listed", "only"),
    [
        pytest.param({}, "src/a.py src/b.md Dockerfile", "true", id="all"),
        pytest.param({"files": "src/**"}, "src/a.py src/b.md", "false", id="a pattern"),
        pytest.param({"files": "src"}, "src/a.py src/b.md", "false", id="a folder"),
        pytest.param({"files": "src/**\n!**/*.md"}, "src/a.py", "false", id="one left out"),
        pytest.param({"files_ignore": "**/*.md"}, "src/a.py Dockerfile", "false", id="ignored"),
        pytest.param({"files": "src/**", "json": "true"}, r"[\"src/a.py\",\"src/b.md\"]", "false", id="json"),
        pytest.param(
            {"files": "src/**", "json": "true", "escape_json": "false"}, '["src/a.py","src/b.md"]', "false", id="plain"
        ),
        pytest.param({"files": "src/**", "separator": ","}, "src/a.py,src/b.md", "false", id="separator"),
        pytest.param({"dir_names": "true"}, "src .", "true", id="folders"),
    ],
)
def test_lists(use, inputs, listed, only):
    """The files that patterns take, and whether they are all that changed."""
    outputs = use_it(use, **inputs).outputs

    assert (outputs["all_changed_files"], outputs["any_changed"], outputs["only_changed"]) == (listed, "true", only)
    assert outputs["any_deleted"] == "false"


def test_groups(use):
    """`files_yaml` gives every output once for each key."""
    outputs = use_it(use, files_yaml="code:\n  - '**/*.py'\nnone:\n  - 'x/**'\n").outputs

    assert (outputs["code_any_changed"], outputs["none_any_changed"]) == ("true", "false")
    assert outputs["changed_keys"] == "code"
    assert "any_changed" not in outputs


def test_nobody_knows_the_files(use):
    """The outputs are unknown."""
    effect = use_it(use, changed=None)

    assert {"any_changed", "all_changed_files"} <= set(effect.unknown)
    assert effect.outputs == {}
