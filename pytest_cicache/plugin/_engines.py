"""The engines of a session: started when a test needs them, and named after collection."""

from __future__ import annotations

import pytest

from pytest_cicache.engines import hides_processes, resolve_builder, resolve_registry, resolve_runner, runner_note
from pytest_cicache.errors import EngineUnavailableError, UsageError
from pytest_cicache.plugin._config import ENGINES_OF, option, repository, root
from pytest_cicache.simulation import EngineNames, Engines, name_origin


def engines_line(config: pytest.Config) -> str:
    """Say which engines the session's tests will use.

    Raises:
        pytest.UsageError: an option names no engine or no repository.
    """
    try:
        folder, name = root(config), option(config, "repository")
        tested = repository(config)
        builder = resolve_builder(option(config, "builder"))
        registry = resolve_registry(option(config, "registry"))
        runner = resolve_runner(option(config, "runner"))
    except UsageError as error:
        raise pytest.UsageError(f"cicache: {error}") from None
    apart = "do not see other processes" if hides_processes() else "see other processes: bubblewrap is not at hand"
    told = f"cicache: {tested.full_name} ({name_origin(folder, name)})"
    if tested.default_branch != "main":
        told += f", default branch {tested.default_branch}"
    if folder != config.rootpath:
        told += f" in {folder}"
    note = runner_note(runner)
    steps = f"runner {runner}{f' ({note})' if note else ''}, whose steps {apart}"
    return f"{told}\ncicache: builder {builder}, registry {registry}, {steps}"


def engines(config: pytest.Config, names: EngineNames | None = None) -> Engines:
    """Return the session's engines, by default those of the options, started.

    An error names the option that asks for one that can run here.
    """
    if names is None:
        names = EngineNames(**{name: option(config, name) for name in ("builder", "registry", "runner")})
    known = config.stash.setdefault(ENGINES_OF, {})
    if names not in known:
        known[names] = Engines(names)
    try:
        known[names].start()
    except EngineUnavailableError as error:
        if error.instead is not None and not getattr(error, "__notes__", ()):
            error.add_note("--cicache-{}={}".format(*error.instead))
        raise
    return known[names]
