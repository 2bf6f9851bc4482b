"""dorny/paths-filter."""

from __future__ import annotations

import pytest

FILTERS = """
src:
  - 'src/**'
  - added|modified: 'lib/*.py'
docs: '**/*.md'
gone:
  - deleted: '**'
"""
FILES = ("src/a/b.py", "lib/x.py", ".github/README.md")


def outputs(use, files=FILES, **inputs):
    inputs = {"filters": FILTERS, **{name.replace("_", "-"): value for name, value in inputs.items()}}
    return use("dorny/paths-filter@v4", inputs=inputs, changed_files=files).outputs


def test_each_filter_and_the_list_of_those_that_match(use):
    """A filter is true when one file fits one of its patterns; hidden folders count."""
    assert outputs(use) == {
        "src": "true",
        "src_count": "2",
        "docs": "true",
        "docs_count": "1",
        "gone": "false",
        "gone_count": "0",
        "changes": '["src","docs"]',
    }


@pytest.mark.parametrize(
    ("form", "listed"),
    [("json", '["src/a b.py"]'), ("csv", '"src/a b.py"'), ("shell", "'src/a b.py'"), ("escape", r"src/a\ b.py")],
)
def test_files_are_listed(use, form, listed):
    """In the format that is asked for."""
    assert outputs(use, files=("src/a b.py",), list_files=form)["src_files"] == listed


@pytest.mark.parametrize(("quantifier", "taken"), [("some", "true"), ("every", "false")])
def test_a_negated_pattern(use, quantifier, taken):
    """With `some` the other pattern still takes a file, with `every` it is left out."""
    filters = "it:\n  - 'src/**'\n  - '!**/*.md'\n"

    assert outputs(use, files=("src/a.md",), filters=filters, predicate_quantifier=quantifier)["it"] == taken


def test_filters_of_a_file(use):
    """A name without a colon is that of a file."""
    files = {"f.yml": "it: '**'"}
    effect = use("dorny/paths-filter@v4", inputs={"filters": "f.yml"}, changed_files=("a",), read=files.get)

    assert effect.outputs["it"] == "true"
    assert use("dorny/paths-filter@v4", inputs={"filters": "g.yml"}, read=files.get).error == (
        "Configuration file 'g.yml' not found"
    )


def test_nobody_knows_the_files(use):
    """Every output is unknown, and says what it rests on."""
    effect = use("dorny/paths-filter@v4", inputs={"filters": FILTERS})

    assert effect.outputs == {}
    assert {"src", "docs", "gone", "changes"} <= set(effect.unknown)
    assert "changed_files" in effect.assumption


@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        ({"list-files": "xml"}, "Input parameter 'list-files' is set to invalid value 'xml'"),
        (
            {"predicate-quantifier": "all"},
            "Input parameter 'predicate-quantifier' is set to invalid value 'all'. Valid values: every, some",
        ),
        ({"filters": "- a:\n"}, "Invalid filter YAML format: Root element is not an object."),
        ({"filters": ""}, "Input required and not supplied: filters"),
    ],
)
def test_wrong_inputs(use, inputs, error):
    """The action's words."""
    assert use("dorny/paths-filter@v4", inputs={"filters": FILTERS, **inputs}, changed_files=()).error == error
