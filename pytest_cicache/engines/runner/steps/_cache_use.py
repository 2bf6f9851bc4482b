"""One use of actions/cache: restore, and save at once or when the job has succeeded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pytest_cicache.actions import ActionEffect, RestoreCache, SaveCache, cache_version
from pytest_cicache.engines._actions_cache import ActionsCacheClient, CachedEntry, CacheServiceError
from pytest_cicache.engines._cached_files import CachedFiles
from pytest_cicache.engines._loop import LoopThread
from pytest_cicache.engines.runner.job import JobState
from pytest_cicache.engines.runner.steps._step_end import StepEnd
from pytest_cicache.http import HttpClient

__all__ = ["CacheUse"]

T = TypeVar("T")
_MEGABYTE = 1024 * 1024
_NO_PATH = (
    "[warning]Path Validation Error: Path(s) specified in the action for caching do(es) not exist, hence no cache is "
    "being saved."
)


@dataclass(slots=True)
class CacheUse:
    """What a step asks of the cache; `matched` is the key that was found."""

    state: JobState
    loop: LoopThread
    matched: str | None = None
    log: list[str] = field(default_factory=list)

    def carry_out(self, effect: ActionEffect, end: StepEnd) -> StepEnd:
        """Restore or save now."""
        if effect.restore is not None:
            end = self._restore(effect.restore, end)
        elif effect.save is not None and not self._save(effect.save):
            self.log.append("Warning: Cache save failed.")
        return replace(end, log=(*end.log, *self.log))

    def finish(self, effect: ActionEffect) -> None:
        """Save when the job ends, if it has succeeded and the key itself was not found."""
        wanted = effect.save_later
        job = self.state.job
        if wanted is None or job.has_failed or job.is_cancelled:
            return
        if self.matched is None or self.matched.lower() != wanted.key.lower():
            self._save(wanted)

    def _restore(self, wanted: RestoreCache, end: StepEnd) -> StepEnd:
        keys = ", ".join((wanted.key, *wanted.restore_keys))
        version = self._version(wanted.patterns)
        try:
            entry = self._ask(lambda client: client.look_up(wanted.key, version, wanted.restore_keys))
            if entry is not None:
                self._take(entry, wanted)
        except CacheServiceError as error:
            self.log.append(f"Warning: Failed to restore: {error}")
            entry = None
        if entry is None:
            if wanted.fails_on_miss:
                words = "Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key:"
                return replace(end, error=f"{words} {wanted.key}")
            self.log.append(f"Cache not found for input keys: {keys}")
            return replace(end, note=f"no cache for the key {wanted.key}")
        self.matched = entry.key
        is_exact = entry.key.lower() == wanted.key.lower()
        words = "Cache found and can be restored from key" if wanted.looks_only else "Cache restored from key"
        self.log.append(f"{words}: {entry.key}")
        outputs = {"cache-hit": str(is_exact).lower()}
        if wanted.names_match:
            outputs["cache-matched-key"] = entry.key
        return replace(end, outputs={**end.outputs, **outputs}, note=f"the cache of the key {entry.key}")

    def _take(self, entry: CachedEntry, wanted: RestoreCache) -> None:
        self.log.append(f"Cache hit for{'' if entry.key == wanted.key else ' restore-key'}: {entry.key}")
        if wanted.looks_only:
            self.log.append("Lookup only - skipping download")
            return
        data = self._ask(lambda client: client.download(entry))
        self.log += [f"Cache Size: ~{round(len(data) / _MEGABYTE)} MB ({len(data)} B)"]
        self._files.unpack(data)
        self.log.append("Cache restored successfully")

    def _save(self, wanted: SaveCache) -> bool:
        data = self._files.pack(tuple(map(self.state.job.tmp.inward, wanted.patterns)))
        if data is None:
            if not self.state.job.rests_on_assumptions():
                self.log.append(_NO_PATH)
                return False
            # What is assumed would have made the files; the entry counts, its content does not.
            data = self._files.archive(())
        try:
            self._ask(lambda client: client.save(wanted.key, self._version(wanted.patterns), data))
        except CacheServiceError as error:
            self._tell_refusal(wanted.key, error)
            return False
        self.log.append(f"Cache saved with key: {wanted.key}")
        return True

    def _tell_refusal(self, key: str, error: CacheServiceError) -> None:
        if error.reason and error.status == 403:
            self.log.append(f"Warning: Cache reservation failed: {error.reason}")
        more = f" More details: {error.reason}" if error.reason else ""
        self.log.append(
            f"Failed to save: Unable to reserve cache with key {key}, another job may be creating this cache.{more}"
        )

    def _version(self, patterns: Iterable[str]) -> str:
        """The version of these paths; those below the job's own folders are the same in every job of GitHub's."""
        return cache_version(map(self.state.job.workspace.as_on_a_runner, patterns))

    @property
    def _files(self) -> CachedFiles:
        workspace = self.state.job.workspace
        return CachedFiles(root=workspace.root, home=workspace.home, within=workspace.directory)

    def _ask(self, work: Callable[[ActionsCacheClient], Awaitable[T]]) -> T:
        return self.loop.run(self._with_client(work))

    async def _with_client(self, work: Callable[[ActionsCacheClient], Awaitable[T]]) -> T:
        spec = self.state.spec
        async with HttpClient() as session:
            token = spec.runtime.get("ACTIONS_RUNTIME_TOKEN", "")
            return await work(ActionsCacheClient(session=session, url=spec.cache_service, token=token))
