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
        image = option(config, "act_image")
        runner = resolve_runner(option(config, "runner"), image=image)
    except UsageError as error:
        raise pytest.UsageError(f"cicache: {error}") from None
    told = f"cicache: {tested.full_name} ({name_origin(folder, name)})"
    if tested.default_branch != "main":
        told += f", default branch {tested.default_branch}"
    if folder != config.rootpath:
        told += f" in {folder}"
    return f"{told}\ncicache: builder {builder}, registry {registry}, runner {_told_of_steps(runner, image)}"


def _told_of_steps(runner: str, image: str) -> str:
    """The runner, where its jobs run, and what its steps see there."""
    note = runner_note(runner)
    place = f" in {image}" if image else ""
    is_apart = bool(image) or hides_processes()
    apart = "do not see other processes" if is_apart else "see other processes: bubblewrap is not at hand"
    return f"{runner}{f' ({note})' if note else ''}{place}, whose steps {apart}"


def engines(config: pytest.Config, names: EngineNames | None = None) -> Engines:
    """Return the session's engines, by default those of the options, started.

    An error names the option that asks for one that can run here.
    """
    if names is None:
        kinds = ("builder", "registry", "runner", "act_image")
        names = EngineNames(**{name: option(config, name) for name in kinds})
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
