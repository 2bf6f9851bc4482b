"""What a base image that is known by its configuration brings into a stage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_cicache.skeleton._paths import absolute, quoted
from pytest_cicache.skeleton._scope import StageScope

if TYPE_CHECKING:
    from pytest_cicache.buildkit import ImageConfig

__all__ = ["image_scope", "setting_lines"]


def image_scope(config: ImageConfig, escape: str) -> StageScope:
    """The state a stage begins with on the image."""
    pairs = [line.partition("=")[::2] for line in config.environment]
    scope = StageScope(escape=escape, variables=dict(pairs), fixed={name for name, _ in pairs}, has_base=True)
    scope.user, scope.directory = config.user, absolute("/", config.working_directory)
    scope.shell = config.shell or scope.shell
    return scope


def setting_lines(config: ImageConfig, escape: str) -> list[str]:
    """Instructions that give the image's stand-in the same configuration; only `WORKDIR` is a step."""
    settings: list[str] = []
    for line in config.environment:
        name, _, value = line.partition("=")
        settings.append(f"ENV {_word(name, escape)}={_word(value, escape)}")
    settings += [f"LABEL {_word(name, escape)}={_word(value, escape)}" for name, value in config.labels.items()]
    if config.working_directory not in ("", "/"):
        settings.append(f"WORKDIR {quoted(config.working_directory, escape)}")
    settings += [f"USER {quoted(config.user, escape)}"] if config.user else []
    settings += [f"SHELL {json.dumps(config.shell)}"] if config.shell else []
    settings += [f"ENTRYPOINT {json.dumps(config.entrypoint)}"] if config.entrypoint else []
    settings += [f"CMD {json.dumps(config.command)}"] if config.command else []
    settings += [f"EXPOSE {quoted(port, escape)}" for port in config.exposed]
    settings += [f"VOLUME {json.dumps([volume])}" for volume in config.volumes]
    settings += [f"STOPSIGNAL {quoted(config.stop_signal, escape)}"] if config.stop_signal else []
    return [line for line in settings if "\n" not in line]


def _word(text: str, escape: str) -> str:
    return '"' + quoted(text, escape).replace('"', f'{escape}"') + '"'
