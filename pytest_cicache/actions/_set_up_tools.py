"""Actions that put a tool on the PATH: nothing a cache depends on, and outputs that name what was installed.

Outputs from each action's action.yml (actions/setup-python v6, setup-node v6, setup-go v6, setup-java v5,
setup-dotnet v5, astral-sh/setup-uv v7, ruby/setup-ruby v1, dtolnay/rust-toolchain, pnpm/action-setup v4).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_cicache.actions._contract import ActionCall, ActionEffect, Interpreter

__all__ = ["TOOLS"]

_EXACT = re.compile(r"v?\d+\.\d+\.\d+(?:[-+.][0-9A-Za-z.-]+)?")


@dataclass(frozen=True, slots=True)
class _Tool:
    """One action: what it installs, the output and the input that hold the version, and its other outputs."""

    what: str
    version: tuple[str, str] | None = None
    others: tuple[str, ...] = ()


_TOOLS: Mapping[str, _Tool] = {
    "actions/setup-dotnet": _Tool(".NET", ("dotnet-version", "dotnet-version"), ("cache-hit",)),
    "actions/setup-go": _Tool("Go", ("go-version", "go-version"), ("cache-hit",)),
    "actions/setup-java": _Tool("Java", ("version", "java-version"), ("distribution", "path", "cache-hit")),
    "actions/setup-node": _Tool("Node.js", ("node-version", "node-version"), ("cache-hit",)),
    "actions/setup-python": _Tool("Python", ("python-version", "python-version"), ("python-path", "cache-hit")),
    "actions-rust-lang/setup-rust-toolchain": _Tool("Rust", None, ("rustc-version", "cargo-version", "cachekey")),
    "astral-sh/setup-uv": _Tool(
        "uv", ("uv-version", "version"), ("uv-path", "uvx-path", "venv", "cache-hit", "cache-key", "python-version")
    ),
    "dtolnay/rust-toolchain": _Tool("Rust", None, ("cachekey", "name")),
    "gradle/actions/setup-gradle": _Tool("Gradle", ("gradle-version", "gradle-version"), ("build-scan-url",)),
    "oven-sh/setup-bun": _Tool("Bun", ("bun-version", "bun-version"), ("bun-path", "bun-revision", "cache-hit")),
    "pnpm/action-setup": _Tool("pnpm", None, ("dest", "bin_dest")),
    "ruby/setup-ruby": _Tool("Ruby", None, ("ruby-prefix",)),
    "shivammathur/setup-php": _Tool("PHP", None, ("php-version",)),
}


def _set_up(tool: _Tool) -> Interpreter:
    def set_up(call: ActionCall) -> ActionEffect:
        known: dict[str, str] = {}
        names = tool.others
        if tool.version is not None:
            output, source = tool.version
            given = call.input(source)
            if _EXACT.fullmatch(given):
                known = {output: f"v{given.removeprefix('v')}" if output == "node-version" else given}
            else:
                names = (output, *names)
        if "distribution" in names and call.input("distribution"):
            known["distribution"] = call.input("distribution")
            names = tuple(name for name in names if name != "distribution")
        return ActionEffect(
            outputs=known, unknown=names, note=f"{tool.what} is not installed: its commands are stubbed"
        )

    return set_up


TOOLS: Mapping[str, Interpreter] = {name: _set_up(tool) for name, tool in _TOOLS.items()}
