"""Commands on a step's output."""

from __future__ import annotations

import pytest

from pytest_cicache.engines.runner.steps._workflow_commands import read_commands


@pytest.mark.parametrize(
    ("line", "outputs"),
    [
        pytest.param("::set-output name=a::1", {"a": "1"}, id="plain"),
        pytest.param("  ::set-output name=a::1", {"a": "1"}, id="leading blanks"),
        pytest.param("::SET-OUTPUT name=a::1", {"a": "1"}, id="names ignore case"),
        pytest.param("::set-output name=a::", {"a": ""}, id="empty"),
        pytest.param("::set-output name=a::b::c", {"a": "b::c"}, id="data with colons"),
        pytest.param("::set-output name=a::1%0A2%0D%25%3A", {"a": "1\n2\r%%3A"}, id="escapes of data"),
        pytest.param("::set-output name=a%3Ab%2Cc::1", {"a:b,c": "1"}, id="escapes of properties"),
        pytest.param("::set-output name=a::%250A", {"a": "%0A"}, id="percent comes last"),
        pytest.param("::set-output x=y,name=a::1", {"a": "1"}, id="other properties"),
        pytest.param("##[set-output name=a;]1%3B%5D", {"a": "1;]"}, id="old form"),
        pytest.param("text ##[set-output name=a]1", {"a": "1"}, id="old form inside a line"),
        pytest.param("text ::set-output name=a::1", {}, id="not at the start"),
        pytest.param("::set-output name=a:1", {}, id="no end"),
        pytest.param("::set-outputs name=a::1", {}, id="unknown name"),
    ],
)
def test_set_output(line, outputs):
    """The forms of a command line."""
    assert read_commands([line]).outputs == outputs


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        pytest.param("plain", ["plain"], id="text"),
        pytest.param("::unknown::text", ["::unknown::text"], id="unknown command"),
        pytest.param("::error file=a.py,line=1::broken", ["Error: broken"], id="error"),
        pytest.param("::warning::odd", ["Warning: odd"], id="warning"),
        pytest.param("::notice title=x::see", ["Notice: see"], id="notice"),
        pytest.param("::group::Title", ["Title"], id="group"),
        pytest.param("::endgroup::", [], id="endgroup"),
        pytest.param("::debug::hidden", [], id="debug"),
        pytest.param("::add-mask::secret", [], id="add-mask"),
        pytest.param("::echo::on", [], id="echo"),
        pytest.param(
            "::add-mask::",
            ["Warning: Can't add secret mask for empty string in ##[add-mask] command."],
            id="empty mask",
        ),
    ],
)
def test_what_the_log_shows(line, shown):
    """Annotations are shown by their level, bookkeeping is not."""
    assert read_commands([line]).lines == shown


def test_deprecated_commands_warn():
    """`set-output` and `save-state` still work and warn."""
    lines = read_commands(["::set-output name=a::1", "::save-state name=b::2"]).lines

    assert lines[0].startswith("Warning: The `set-output` command is deprecated and will be disabled soon.")
    assert lines[1].startswith("Warning: The `save-state` command is deprecated and will be disabled soon.")


@pytest.mark.parametrize("line", ["::set-env name=A::1", "::add-path::/x"])
def test_disabled_commands_fail(line):
    """`set-env` and `add-path` are disabled and fail the step."""
    outcome = read_commands([line])

    name = line[2:].split(":")[0].split()[0]
    assert outcome.lines[0] == f"Error: Unable to process command '{line}' successfully."
    assert outcome.failed.startswith(f"The `{name}` command is disabled. Please upgrade to using Environment Files")
    assert (outcome.variables, outcome.paths) == ({}, [])


def test_disabled_commands_can_be_allowed():
    """ACTIONS_ALLOW_UNSECURE_COMMANDS brings them back."""
    outcome = read_commands(["::set-env name=A::1", "::add-path::/x"], unsecure=True)

    assert (outcome.variables, outcome.paths, outcome.failed) == ({"A": "1"}, ["/x"], None)


@pytest.mark.parametrize("line", ["::set-output::1", "::save-state other=a::1"])
def test_a_missing_name_fails(line):
    """A command without its name says so."""
    assert "Required field 'name' is missing in ##[" in read_commands([line]).failed


def test_stopped_commands_are_text():
    """Between the token and its end nothing is carried out."""
    lines = ["::stop-commands::Tok", "::set-output name=a::1", "::tok::", "::set-output name=b::2"]

    outcome = read_commands(lines)

    assert outcome.outputs == {"b": "2"}
    assert "::set-output name=a::1" in outcome.lines


@pytest.mark.parametrize("token", ["", "pause-logging", "Add-Mask"])
def test_a_bad_stop_token_fails(token):
    """The token may not be empty or a command's name, and then stops nothing."""
    outcome = read_commands([f"::stop-commands::{token}", "::set-output name=a::1"])

    assert outcome.failed.startswith("You cannot use a endToken that is an empty string")
    assert outcome.outputs == {"a": "1"}


def test_both_streams_carry_commands(bench):
    """The runner reads commands on stdout and on stderr."""
    step = bench.step("echo '::set-output name=a::1'; echo '::set-output name=b::2' >&2")

    assert step.outputs == {"a": "1", "b": "2"}


def test_an_error_command_does_not_fail_the_step(bench):
    """`::error` annotates."""
    assert bench.step("echo '::error::broken'").conclusion == "success"


def test_a_disabled_command_fails_the_step(bench):
    """The step fails although its script went well."""
    step = bench.step("echo '::set-env name=A::1'")

    assert step.conclusion == "failure"
    assert step.error.startswith("The `set-env` command is disabled.")


def test_an_allowed_command_sets_a_variable(bench):
    """With the switch in `env`, later steps see the variable."""
    job = bench.job(
        """
        - run: echo '::set-env name=A::1'; echo '::add-path::/mine'
        - run: test "$A" = 1 && test "${PATH%%:*}" = /mine
        """,
        keys="env: {ACTIONS_ALLOW_UNSECURE_COMMANDS: true}",
    )

    assert job.conclusion == "success"


def test_the_output_file_wins_over_the_command(bench):
    """Files are read when the step has ended."""
    step = bench.step("echo 'a=file' >> \"$GITHUB_OUTPUT\"; echo '::set-output name=a::command'")

    assert step.outputs == {"a": "file"}
