"""Secrets do not show, in no usual form."""

from __future__ import annotations

import base64

import pytest

from pytest_cicache.engines.runner.job._masks import Masks


@pytest.mark.parametrize(
    ("secrets", "text", "shown"),
    [
        pytest.param([], "text", "text", id="none"),
        pytest.param(["abc"], "xabcx", "x***x", id="inside a word"),
        pytest.param(["abc", "abcdef"], "abcdef", "***", id="longest first"),
        pytest.param(["abcd", "cdef"], "xabcdefx", "x***x", id="overlapping"),
        pytest.param(["abab"], "ababab", "***", id="overlapping itself"),
        pytest.param(["abc"], "abcabc abc", "*** ***", id="next to itself"),
        pytest.param(["", "  "], "a b", "a b", id="blank ones hide nothing"),
        pytest.param([" abc \n"], "abc", "***", id="trimmed"),
        pytest.param(["one\ntwo"], "one\ntwo", "***", id="lines together"),
        pytest.param(["one\r\n\r\ntwo"], "two, one", "***, ***", id="each line"),
        pytest.param(['a"b\\c'], 'x a\\"b\\\\c', "x ***", id="JSON"),
        pytest.param(["a b/c"], "a%20b%2Fc", "***", id="URL"),
        pytest.param(["a<b&c"], "a&lt;b&amp;c", "***", id="XML"),
        pytest.param(["it's"], "it''s", "***", id="expression"),
        pytest.param(['"quoted"'], "quoted", "***", id="outer quotes"),
        pytest.param(["a.c"], "abc", "abc", id="no pattern"),
    ],
)
def test_forms_that_are_hidden(secrets, text, shown):
    """Values, lines, and the encodings that the runner knows."""
    assert Masks(secrets).hide(text) == shown


@pytest.mark.parametrize("before", ["", "u:", "us:", "use:"])
def test_base64_of_a_longer_text_is_hidden(before):
    """A secret inside a base64 text shows at none of the three places of a group."""
    secret = "s3cret-password-of-some-length"
    encoded = base64.b64encode(f"{before}{secret}".encode()).decode()

    hidden = Masks([secret]).hide(encoded)

    assert "***" in hidden
    assert len(hidden) < 18


def test_is_shown_by():
    """A text that holds a secret is told from one that does not."""
    masks = Masks(["abc"])

    assert masks.is_shown_by("xabc")
    assert not masks.is_shown_by("xab")


def test_added_later():
    """A value added later is hidden from then on."""
    masks = Masks(["abc"])
    assert masks.hide("def") == "def"
    masks.add("def")

    assert masks.hide("abc def") == "*** ***"


def test_a_secret_shows_nowhere_in_a_step(bench):
    """Log, outputs, name and error hide secrets; the next step still gets the value."""
    bench.secrets = {"KEY": "one-line\nsecond-line"}
    job = bench.job(
        """
        - id: it
          name: Use ${{ secrets.KEY }}
          env: {KEY: "${{ secrets.KEY }}"}
          run: |
            echo "$KEY"; echo second-line
            echo "v=second-line" >> "$GITHUB_OUTPUT"
        - id: next
          run: test "${{ steps.it.outputs.v }}" = second-line && echo same
        """
    )

    step = job.step("it")
    assert "second-line" not in repr(step)
    assert "one-line" not in repr(step)
    assert step.outputs == {"v": "***"}
    assert "same" in job.step("next").log


def test_the_token_shows_nowhere(bench):
    """GITHUB_TOKEN is a secret without being named."""
    step = bench.step('echo "token ${{ github.token }}"')

    assert "token ***" in step.log


def test_a_masked_value_is_no_job_output(bench):
    """GitHub drops job outputs that hold a secret."""
    job = bench.job(
        """
        - id: it
          run: |
            echo "::add-mask::hidden-value"
            echo "a=hidden-value" >> "$GITHUB_OUTPUT"; echo "b=open" >> "$GITHUB_OUTPUT"
        """,
        keys="outputs: {a: '${{ steps.it.outputs.a }}', b: '${{ steps.it.outputs.b }}'}",
    )

    assert job.outputs == {"b": "open"}
