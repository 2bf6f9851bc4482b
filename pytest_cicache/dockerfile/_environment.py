"""Variables a Dockerfile sees: the platform's, the build's, a stage's own, in BuildKit's order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pytest_cicache.dockerfile._instructions import Arg
from pytest_cicache.dockerfile._platform import DEFAULT_PLATFORM, Platform
from pytest_cicache.dockerfile._shell import ShellLexer

__all__ = ["HIDDEN_ARGS", "Environment", "global_arguments"]

HIDDEN_ARGS = frozenset({"BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"})
"""Arguments that never become variables of a RUN."""


class Environment(dict[str, str]):
    """Variables in order of their last setting, as BuildKit keeps them."""

    def put(self, name: str, value: str) -> None:
        """Set a variable; one that was set before moves to the end."""
        self.pop(name, None)
        self[name] = value

    def lines(self) -> tuple[str, ...]:
        """`NAME=value` each."""
        return tuple(f"{name}={value}" for name, value in self.items())


def global_arguments(
    arguments: Iterable[Arg],
    *,
    build_args: Mapping[str, str],
    target_stage: str,
    platform: Platform,
    lexer: ShellLexer,
) -> Environment:
    """What may be used in FROM, and what a stage's `ARG NAME` without a default takes."""
    found = Environment()
    for name, value in _platform_arguments(platform, target_stage):
        found.put(name, build_args.get(name, value))
    for argument in arguments:
        for name, default in argument.pairs:
            if name in build_args:
                found.put(name, build_args[name])
            elif default is not None:
                found.put(name, lexer.word(default, found))
    return found


def _platform_arguments(target: Platform, stage: str) -> Iterable[tuple[str, str]]:
    for prefix, platform in (("BUILD", DEFAULT_PLATFORM), ("TARGET", target)):
        yield f"{prefix}PLATFORM", str(platform)
        yield f"{prefix}OS", platform.system
        yield f"{prefix}OSVERSION", ""
        yield f"{prefix}ARCH", platform.architecture
        yield f"{prefix}VARIANT", platform.variant
    yield "TARGETSTAGE", stage or "default"
