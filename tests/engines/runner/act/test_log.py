"""What act prints, read into what became of a step."""

from __future__ import annotations

import json

import pytest

from pytest_cicache.engines.runner.act._log import StepReport, in_githubs_words, read_line


def report_of(*lines):
    """The report of lines of the step `it`."""
    report = StepReport()
    for line in lines:
        report.take(read_line(json.dumps({"stage": "Main", "stepID": ["it"], "level": "info", **line})))
    return report


def test_output_result_and_outputs():
    report = report_of(
        {"raw_output": True, "msg": "one\n"},
        {"command": "warning", "arg": "careful", "level": "warning"},
        {"command": "group", "arg": "G"},
        {"command": "add-mask", "arg": "s"},
        {"stepResult": "success"},
        {"command": "set-output", "name": "a", "arg": "1\n2"},
        {"command": "set-env", "name": "E", "arg": "e"},
        {"command": "add-path", "arg": "/p"},
    )

    assert (report.result, report.lines) == ("success", ["one", "Warning: careful", "G"])
    assert (report.outputs, report.variables, report.paths) == ({"a": "1\n2"}, {"E": "e"}, ["/p"])
    assert report.masks == ["s"]


def test_an_empty_line_behind_the_end_of_a_script_is_acts_own():
    said = [{"raw_output": True, "msg": text} for text in ("one\n", "\n", "\x1e\x1e\x1e\n", "\n")]

    assert report_of(*said).lines == ["one", ""]
    assert report_of(*said, {"stepID": ["it", "next"], "raw_output": True, "msg": "\n"}).lines == ["one", "", ""]


def test_inner_steps_have_no_result_and_no_output_of_the_step():
    report = report_of(
        {"stepID": ["it", "in"], "stepResult": "failure"},
        {"stepID": ["it", "in"], "command": "set-output", "name": "x", "arg": "1"},
    )

    assert report == StepReport()


def test_a_failure_that_is_forgiven():
    report = report_of({"stepResult": "failure"}, {"msg": "Failed but continue next step"})

    assert (report.result, report.is_forgiven) == ("failure", True)


def test_a_condition_that_cannot_be_evaluated_has_an_error_and_no_result():
    report = report_of({"level": "error", "msg": '  ❌  Error in if-expression: "if: x" (no)'})

    assert (report.is_over, report.result) == (True, None)
    assert report.error == 'Error in if-expression: "if: x" (no)'


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("exit status 7", "Process completed with exit code 7."),
        ("signal: killed", "Process completed with exit code 137."),
        ("signal: terminated", "Process completed with exit code 143."),
        (None, "Process completed with exit code 1."),
        ("invalid format 'x'", "invalid format 'x'"),
    ],
)
def test_failures_in_githubs_words(error, words):
    assert in_githubs_words(error) == words


@pytest.mark.parametrize("text", ["", "Error: no", "[1]", "{"])
def test_lines_that_are_no_objects(text):
    assert read_line(text) is None


@pytest.mark.parametrize(
    ("fields", "ends"),
    [
        ({"stage": "Post", "stepID": ["it"]}, True),
        ({"stepid": ["--complete-job"]}, True),
        ({"jobResult": "success"}, True),
        ({"stepid": ["--setup-job"]}, False),
        ({"stage": "Main", "stepID": ["it"]}, False),
    ],
)
def test_where_the_main_steps_end(fields, ends):
    assert read_line(json.dumps(fields)).ends_steps is ends
