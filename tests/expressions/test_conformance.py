"""The known answers of the language's owners, where they are at hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_cicache.expressions import ExpressionError, evaluate

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[3] / "shared" / "conformance" / "expressions"
KINDS = {"Null": type(None), "Boolean": bool, "Number": float, "String": str, "Array": list, "Object": dict}


def _rows() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.json")):
        for group, rows in json.loads(path.read_text(encoding="utf-8")).items():
            for number, row in enumerate(rows):
                yield pytest.param(row, id=f"{path.stem}-{group}-{number}")


ROWS = list(_rows())
if not ROWS:
    ROWS = [pytest.param({}, marks=pytest.mark.skip(reason="../shared/conformance is not here"), id="absent")]


@pytest.mark.parametrize("row", ROWS)
def test_a_known_answer_is_given(row: dict[str, Any]) -> None:
    """Value and kind, or message and phase, are those of the table."""
    if "err" in row:
        with pytest.raises(ExpressionError, match=re.escape(row["err"]["value"])) as caught:
            evaluate(row["expr"], row.get("contexts", {}))
        assert caught.value.phase == row["err"]["kind"]
    else:
        value = evaluate(row["expr"], row.get("contexts", {}))
        assert type(value) is KINDS[row["result"]["kind"]]
        assert value == row["result"]["value"]
