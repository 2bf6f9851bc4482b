"""success, failure, cancelled and always in the condition of a job, by what is known of the jobs before it."""

from __future__ import annotations

from collections import abc

from pytest_cicache.expressions import HostFunction, unknown
from pytest_cicache.plan._outcome import FAILURE, JobOutcome

__all__ = ["status_functions"]


def status_functions(above: abc.Mapping[str, JobOutcome], *, cancelled: bool) -> dict[str, HostFunction]:
    """The status functions of a job with these ancestors; jobs that have not run are taken to succeed.

    `above` is by id in lower case; names given to success and failure restrict them to these jobs, as in the
    runner. `cancelled` says that the run, or the call around the job, is cancelled.
    """

    def chosen(names: tuple[object, ...]) -> dict[str, JobOutcome]:
        wanted = {str(name).lower() for name in names} or set(above)
        return {name: outcome for name, outcome in above.items() if name in wanted}

    def success(*names: object) -> bool | str:
        outcomes = chosen(names)
        if cancelled or any(outcome.ended for outcome in outcomes.values()):
            return False
        unsure = [name for name, outcome in outcomes.items() if outcome.doubt is not None]
        return unknown(f"whether {' and '.join(unsure)} runs") if unsure else True

    def failure(*names: object) -> bool | str:
        outcomes = chosen(names)
        if any(outcome.result == FAILURE for outcome in outcomes.values()):
            return not cancelled
        running = [name for name, outcome in outcomes.items() if outcome.result is None]
        return unknown(f"whether {' or '.join(running)} fails") if running else False

    table: dict[str, abc.Callable[..., bool | str]] = {
        "always": lambda *_: True,
        "cancelled": lambda *_: cancelled,
        "success": success,
        "failure": failure,
    }
    return {name: HostFunction(name=name, minimum=0, maximum=255, call=call) for name, call in table.items()}
