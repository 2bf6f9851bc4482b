"""A job's own `/tmp`, by its name on GitHub."""

from __future__ import annotations

import pytest

from pytest_cicache.engines.runner.job import OwnTmp

TMP = OwnTmp("/j/tmp")


@pytest.mark.parametrize(
    ("text", "inward"),
    [
        ("/tmp", "/j/tmp"),
        ("ls /tmp/x", "ls /j/tmp/x"),
        ("cp '/tmp/a' \"/tmp/b\"", "cp '/j/tmp/a' \"/j/tmp/b\""),
        ("type=local,src=/tmp/.buildx-cache", "type=local,src=/j/tmp/.buildx-cache"),
        ("-v /tmp:/tmp", "-v /j/tmp:/j/tmp"),
        (">/tmp/x", ">/j/tmp/x"),
        ("$(cat /tmp/x)", "$(cat /j/tmp/x)"),
        ("$HOME/tmp/x", "$HOME/tmp/x"),
        ("${X}/tmp/x", "${X}/tmp/x"),
        ("./tmp ../tmp a/tmp", "./tmp ../tmp a/tmp"),
        ("/tmpfs /tmp-x /tmp.x", "/tmpfs /tmp-x /tmp.x"),
        ("https://example.org/tmp", "https://example.org/tmp"),
        ("/var/tmp/x", "/var/tmp/x"),
    ],
)
def test_paths_that_begin_there(text: str, inward: str) -> None:
    assert TMP.inward(text) == inward
    assert TMP.outward(TMP.inward(text)) == text


def test_a_dockerfile_in_a_script_means_the_images() -> None:
    script = "cat >/tmp/D <<E\nFROM x\nRUN echo >/tmp/y\n  COPY a /tmp/a\nE\n"

    assert TMP.inward_script(script) == "cat >/j/tmp/D <<E\nFROM x\nRUN echo >/tmp/y\n  COPY a /tmp/a\nE\n"


def test_the_jobs_real_folders_stay_what_they_are() -> None:
    inside = OwnTmp("/tmp/cicache-1/job-2/tmp", around="/tmp/cicache-1")
    text = "/tmp/cicache-1/job-2/work/x /tmp/pytest-of-me/y /tmp/z"

    assert inside.inward(text) == "/tmp/cicache-1/job-2/work/x /tmp/pytest-of-me/y /tmp/cicache-1/job-2/tmp/z"
    assert inside.inward(inside.inward(text)) == inside.inward(text)
    assert inside.outward(inside.inward(text)) == text
