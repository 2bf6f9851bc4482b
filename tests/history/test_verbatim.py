"""Which lines of scripts may make something else of what one event has."""

from __future__ import annotations

import pytest

from pytest_cicache.history import computing_line


@pytest.mark.parametrize(
    "text",
    [
        "key=$(echo $GITHUB_REF | sha256sum)",
        "key=$(echo ${{ github.event.number }} |\n  md5sum)",
        "shard=$(( GITHUB_RUN_NUMBER % 4 ))",
        "BRANCH: ${{ github.ref_name }}\nrun: short=${BRANCH:0:8}",
        "number=${GITHUB_REF//[^0-9]/}\nif [ $number -gt 3500 ]; then exit; fi",
        "cut -c1-7 <<<$GITHUB_SHA",
        "python3 tools/key.py ${{ github.head_ref }}",
        "key = os.environ['GITHUB_REF']",
        "tag_of() { printf '%s' $1 | base64; }",
        "- if: github.event.number > 3500",
        "echo $RANDOM",
        "printf '%(%Y)T' -1",
    ],
)
def test_lines_that_compute(text: str) -> None:
    assert computing_line([text]) is not None
    assert computing_line(["name: CI", text]) is not None


@pytest.mark.parametrize(
    "text",
    [
        "tag=$(printf '%s' \"$GITHUB_REF_NAME\" | tr / _ | sed 's/[^a-z0-9._-]/_/g')",
        "key=$(sha256sum requirements.txt | cut -c1-12)",
        "i=$((i + 1))",
        "target=${GITHUB_BASE_REF:-3}",
        "awk '{print $1}' sizes",
        "python-version: ${{ inputs.python-version }}",
        "if: github.event_name == 'push'",
        "--python) python=$2; shift 2 ;;",
    ],
)
def test_lines_that_pass_names_on(text: str) -> None:
    assert computing_line([text]) is None
