"""Plays histories in one simulation, lets a purge run after one, and goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import UsageError
from pytest_cicache.history import (
    Activity,
    CacheHistory,
    LayerSizes,
    PurgeCheck,
    broken_tags,
    grown,
    schedule,
    stock_of,
    wanted_deletions,
)
from pytest_cicache.simulation._api_access import ApiAccess
from pytest_cicache.simulation._play import Player

if TYPE_CHECKING:
    from pytest_cicache.simulation._simulation import Simulation

__all__ = ["HistoryBook", "Purge"]

Purge = Callable[[ApiAccess], object] | Path | str
"""A function of the API, a script, or the name of a workflow that purges."""
_SCRIPT_SECONDS = 600


@dataclass(slots=True)
class _Played:
    """A history that can be gone on with."""

    player: Player
    activity: Activity
    sizes: LayerSizes
    workflow: str
    seed: int | str
    history: CacheHistory
    parts: int = 1


class HistoryBook:
    """The history of one simulation so far."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self._played: _Played | None = None

    def play(
        self,
        workflow: str,
        activity: Activity,
        *,
        months: int,
        seed: int | str,
        layer_sizes: int | str | Mapping[str, int | str] | None,
        progress: bool | None,
        **how: Any,
    ) -> CacheHistory:
        """Play a history from the simulation's time on."""
        sizes = LayerSizes.read(layer_sizes)
        player = Player(self.simulation, workflow, sizes=sizes, seed=seed, **how)
        items = schedule(activity, start=self.simulation.clock, months=months, seed=seed)
        if not items:
            raise UsageError("nothing happens in this history; give merges_per_month, pull_requests or forks")
        history = player.play(items, shows=sys.stderr.isatty() if progress is None else progress)
        self._played = _Played(player, activity, sizes, workflow, seed, history)
        return history

    def purge(self, purge: Purge, *, months: int) -> PurgeCheck:
        """Let a purge run now, check what it left, and play on; raises UsageError before any history."""
        played = self._played
        if played is None:
            raise UsageError("a purge is tried after a history; play one with cicache.history(…) first")
        versions = self.simulation._state.versions
        before, stock = grown(versions, played.sizes), stock_of(versions)
        output = self._carry_out(purge)
        left = stock_of(versions)
        after = grown(versions, played.sizes)
        for name in versions.image_names:
            self.simulation._ledger.drop_deleted(name, versions.tags(name))
        earlier = CacheHistory(workflow=played.workflow, events=_last_month(played.history))
        deleted = {
            name: tuple(each for digest, each in known.items() if digest not in left.get(name, {}))
            for name, known in stock.items()
        }
        following = self._go_on(played, months)
        return PurgeCheck(
            problems=(*broken_tags(stock, left), *wanted_deletions(deleted, following)),
            deleted=deleted,
            before=before,
            after=after,
            earlier=earlier,
            history=following,
            output=output,
        )

    def _go_on(self, played: _Played, months: int) -> CacheHistory:
        seed = f"{played.seed}/{played.parts}"
        played.parts += 1
        items = schedule(played.activity, start=self.simulation.clock, months=months, seed=seed)
        # Numbers of pull requests go on where the ones before ended.
        highest = max((each.number or 0 for each in played.history.events), default=0)
        first = min((item.event.number for item in items if item.event.is_pull_request), default=0)
        moved = [
            item.renumbered(item.event.number + highest + 1 - first) if item.event.is_pull_request else item
            for item in items
        ]
        following = played.player.play(moved, shows=False)
        played.history = played.history + following
        return following

    def _carry_out(self, purge: Purge) -> tuple[str, ...]:
        access = self.simulation.api_access()
        if not isinstance(purge, Path | str):
            with access.in_process(), _told_refusals(access):
                purge(access)
            return ()
        path = Path(purge)
        if path.suffix in (".yml", ".yaml"):
            run = self.simulation.run(str(purge), "workflow_dispatch")
            if not run.triggered:
                run = self.simulation.run(str(purge), "schedule")
            if not run.triggered:
                raise UsageError(f"the purge '{purge}' runs neither on workflow_dispatch nor on schedule")
            if run.conclusion != "success":
                raise UsageError(f"the purge '{purge}' ended with {run.conclusion}: {run.error or run.reason}")
            return tuple(run.log.splitlines())
        return self._script(path, access)

    def _script(self, path: Path, access: ApiAccess) -> tuple[str, ...]:
        place = path if path.is_absolute() else self.simulation._root / path
        if not place.is_file():
            raise UsageError(f"there is no purge '{path}': a function, a script or the name of a workflow is one")
        command = [sys.executable, str(place)] if place.suffix == ".py" else ["bash", str(place)]
        try:
            done = subprocess.run(  # noqa: S603
                command,
                env={**os.environ, **access.environment},
                capture_output=True,
                text=True,
                timeout=_SCRIPT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UsageError(f"the purge '{path}' took more than {_SCRIPT_SECONDS} seconds") from None
        lines = (*done.stdout.splitlines(), *done.stderr.splitlines())
        if done.returncode:
            raise UsageError(f"the purge '{path}' ended with {done.returncode}: {lines[-1] if lines else 'no output'}")
        return lines


@contextmanager
def _told_refusals(access: ApiAccess) -> Iterator[None]:
    """Add to what a purge raises the words of the API, which clients leave out of their own."""
    before = len(access.calls)
    try:
        yield
    except Exception as error:
        refused = [call for call in access.calls[before:] if call.status >= 400]
        if refused:
            last = refused[-1]
            error.add_note(f"GitHub's API answered {last.method} {last.path} with {last.status}: {last.message}")
        raise


def _last_month(history: CacheHistory) -> tuple[Any, ...]:
    last: Sequence[Any] = [each for each in history.events if f"{each.at:%Y-%m}" == history.months[-1].month]
    return tuple(last)
