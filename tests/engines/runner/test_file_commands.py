"""GITHUB_OUTPUT, GITHUB_ENV, GITHUB_PATH and GITHUB_STEP_SUMMARY."""

from __future__ import annotations

import pytest

from pytest_cicache.engines.runner.steps._file_commands import FileCommandError, read_lines, read_pairs


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param("a=1\n", {"a": "1"}, id="pair"),
        pytest.param("a=1", {"a": "1"}, id="no newline at the end"),
        pytest.param("a=b=c\n", {"a": "b=c"}, id="first equals sign splits"),
        pytest.param("a=\n", {"a": ""}, id="empty value"),
        pytest.param("\n\na=1\n\n", {"a": "1"}, id="empty lines"),
        pytest.param("a=1\na=2\n", {"a": "2"}, id="later wins"),
        pytest.param("a<<E\nx\ny\nE\n", {"a": "x\ny"}, id="heredoc"),
        pytest.param("a<<E\nE\n", {"a": ""}, id="empty heredoc"),
        pytest.param("a<<E\nx\nE", {"a": "x"}, id="heredoc, no newline at the end"),
        pytest.param("a<<E\n x \n E\nE\n", {"a": " x \n E"}, id="delimiter must fill its line"),
        pytest.param("a<<E\nb=c\nE\nd=e\n", {"a": "b=c", "d": "e"}, id="value with equals sign"),
        pytest.param("a<<E=F\nx\nE=F\n", {"a": "x"}, id="delimiter with equals sign"),
        pytest.param("a=<<E\n", {"a": "<<E"}, id="equals sign before the arrows"),
        pytest.param("a=1\r\n", {"a": "1\r"}, id="carriage return stays"),
        pytest.param(" a =1\n", {" a ": "1"}, id="nothing is trimmed"),
    ],
)
def test_pairs_are_read_as_the_runner_reads_them(text, pairs):
    """Whichever of `=` and `<<` comes first decides."""
    assert read_pairs(text) == pairs


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("word\n", r"^Invalid format 'word'$", id="no sign"),
        pytest.param("a<<\nx\n", "^Invalid format 'a<<'. Name must not be empty and delimiter", id="no delimiter"),
        pytest.param("<<E\nx\nE\n", "^Invalid format '<<E'. Name must not be empty", id="no name"),
        pytest.param("a<<E\nx\n", "^Invalid value. Matching delimiter not found 'E'$", id="no end"),
        pytest.param("a<<E\n", "^Invalid value. Matching delimiter not found 'E'$", id="nothing after"),
        pytest.param("a<<E\nx", "^Invalid value. EOF marker missing new line.$", id="last line open"),
    ],
)
def test_broken_files_have_githubs_texts(text, message):
    """Each broken form has its own message."""
    with pytest.raises(FileCommandError, match=message):
        read_pairs(text)


def test_path_lines():
    """Empty lines of GITHUB_PATH are skipped."""
    assert read_lines("/a\n\n/b b\n") == ["/a", "/b b"]


@pytest.mark.parametrize(("file", "name"), [("GITHUB_OUTPUT", "output"), ("GITHUB_ENV", "env")], ids=["output", "env"])
def test_a_broken_file_fails_the_step(bench, file, name):
    """The script went well, the step fails, and the log says which file and why."""
    step = bench.step(f'echo word >> "${file}"')

    assert step.conclusion == "failure"
    assert step.error == "Invalid format 'word'"
    assert step.log[-2:] == (
        f"Error: Unable to process file command '{name}' successfully.",
        "Error: Invalid format 'word'",
    )


def test_a_broken_file_does_not_spoil_the_others(bench):
    """Outputs count although GITHUB_ENV is broken."""
    step = bench.step('echo word >> "$GITHUB_ENV"; echo a=1 >> "$GITHUB_OUTPUT"')

    assert step.outputs == {"a": "1"}
    assert step.conclusion == "failure"


def test_variables_are_for_later_steps_only(bench):
    """GITHUB_ENV does not reach the step that writes it, but those after it, in `env` and in the environment."""
    job = bench.job(
        """
        - id: first
          run: echo A=1 >> "$GITHUB_ENV"; echo "[$A]"
        - id: second
          run: echo "[$A][${{ env.A }}]"
        """
    )

    assert job.step("first").log[-1] == "[]"
    assert job.step("second").log[-1] == "[1][1]"


def test_node_options_are_refused_but_the_step_passes(bench):
    """The runner complains about NODE_OPTIONS and goes on."""
    job = bench.job(
        """
        - id: it
          run: echo NODE_OPTIONS=--inspect >> "$GITHUB_ENV"
        - run: test -z "$NODE_OPTIONS"
        """
    )

    assert job.conclusion == "success"
    assert job.step("it").log[-1] == ("Error: Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.")


def test_a_large_summary_is_dropped_and_the_step_passes(bench):
    """More than a mebibyte is complained about."""
    step = bench.step('head -c 1100000 /dev/zero | tr "\\0" x >> "$GITHUB_STEP_SUMMARY"')

    assert step.conclusion == "success"
    assert step.log[-1].startswith("Error: $GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k")


def test_each_step_has_files_of_its_own(bench):
    """What one step wrote is not in the file of the next."""
    job = bench.job(
        """
        - run: echo a=1 >> "$GITHUB_OUTPUT"
        - id: it
          run: test ! -s "$GITHUB_OUTPUT"
        """
    )

    assert job.conclusion == "success"
