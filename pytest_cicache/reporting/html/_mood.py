"""The colour of a word: `good`, `odd` for what a reader may want to look at, `bad`, and `none`."""

from __future__ import annotations

__all__ = ["is_bad", "of_conclusion", "of_request", "of_result", "of_test"]

_OUTCOMES = {"passed": "good", "failed": "bad", "error": "bad", "xfailed": "odd", "xpassed": "odd"}
_CONCLUSIONS = {"success": "good", "failure": "bad", "startup_failure": "bad", "cancelled": "odd"}
_GOOD_RESULTS = ("ok", "hit", "written", "pushed")
_REFUSALS = (403, 429)
_SERVER_ERROR = 500


def is_bad(outcome: str) -> bool:
    """Whether a test with an outcome makes its session fail."""
    return of_test(outcome) == "bad"


def of_test(outcome: str) -> str:
    """The colour of a test's outcome."""
    return _OUTCOMES.get(outcome, "none")


def of_conclusion(conclusion: str) -> str:
    """The colour of how a step, a job or a run ended."""
    return _CONCLUSIONS.get(conclusion, "none")


def of_result(result: str, *, fatal: bool) -> str:
    """The colour of what a registry or cache operation came to; one that fails its build is `bad`."""
    if fatal:
        return "bad"
    return "good" if result in _GOOD_RESULTS else "none" if result == "not-found" else "odd"


def of_request(status: int) -> str:
    """The colour of an HTTP status; what is not there, and the question for a token, are ordinary answers."""
    if status >= _SERVER_ERROR:
        return "bad"
    return "odd" if status in _REFUSALS else "good" if status < 400 else "none"
