"""The pipes between act's scripts and the runner."""

from __future__ import annotations

import os

import pytest

from pytest_cicache.engines.runner.act._gates import Ask, Gates, pairs_text
from pytest_cicache.engines.runner.steps import read_pairs


@pytest.fixture
def gates(tmp_path):
    """Gates in a folder with a blank in its name."""
    made = Gates.open(tmp_path / "the gates")
    yield made
    made.close()


def test_questions_may_come_in_pieces(gates):
    pipe = os.open(gates.folder / "ask", os.O_WRONLY)
    os.write(pipe, b"begin\tit\t12\nuse\tit\t/a b/c")
    first = gates.read()
    os.write(pipe, b"\n")

    assert first == [Ask("begin", "it", ("12",))]
    assert gates.read() == [Ask("use", "it", ("/a b/c",))]
    os.close(pipe)


def test_an_answer_is_one_line_of_words(gates):
    pipe = os.open(gates.folder / "answer", os.O_RDONLY)
    gates.answer("go", "12")

    assert os.read(pipe, 100) == b"go\t12\n"
    os.close(pipe)


def test_the_variables_of_a_step(gates):
    gates.leave("environment", "A=1=2\0B=x\ny\0")

    assert gates.environment() == {"A": "1=2", "B": "x\ny"}


@pytest.mark.parametrize("value", ["", "a", "a\nb\n", "cicache", "x\ncicache\ncicache_\ny", "é=<<"])
def test_pairs_are_read_back(value):
    assert read_pairs(pairs_text({"name": value, "other": "1"})) == {"name": value, "other": "1"}
