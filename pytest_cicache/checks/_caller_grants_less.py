"""A called workflow asks for more than the calling job gives, so that no job starts at all.

https://github.com/kubeflow/notebooks/issues/1368, https://github.com/apache/spark/pull/38145
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_cicache.checks._behaviour import REPEAT, Behaviour, told_case
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import Conclusion

__all__ = ["caller_grants_less"]

_PLACE = re.compile(r"\(Line: (\d+), Col: (\d+)\)")
_REQUEST = re.compile(r"is requesting '([^']+)', but is only allowed '([^']+)'")


def caller_grants_less(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the calls that GitHub refuses for their permissions."""
    for case, run in behaviour.runs.items():
        error = run.error or ""
        asked = _REQUEST.search(error)
        if run.outcome is not Conclusion.STARTUP_FAILURE or asked is None or case == REPEAT:
            continue
        finding = Finding(
            check="caller-grants-less",
            severity=Severity.ERROR,
            message=f"{told_case(case)} starts no job: the called workflow asks for {asked[1]}, and the calling job "
            f"gives {asked[2]}",
            cure=f"give the calling job `permissions:` with {asked[1]}, and all else that the called workflow lists",
        )
        place = _PLACE.search(error)
        yield finding.at(f"{behaviour.path}:{place[1]}:{place[2]}" if place else behaviour.path)
