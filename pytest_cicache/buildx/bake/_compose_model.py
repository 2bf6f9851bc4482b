"""Reads compose files into services with a build (compose-spec; compose-go v2 loader, template, override)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml

from pytest_cicache.buildx.bake.hcl import BakeError
from pytest_cicache.errors import UnsupportedError

__all__ = ["is_compose", "load_services", "pairs_of", "read_dotenv"]

Model = dict[str, Any]
_KEPT = {"tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"}
_REMOTE = ("http://", "https://", "git://", "git@", "ssh://", "github.com/", "docker-image:", "service:", "target:")
_VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|(?P<named>[A-Za-z_]\w*)|\{(?P<braced>))")
_NAME = re.compile(r"[A-Za-z_]\w*")
_PAIRS = ("args", "labels", "additional_contexts")


# libyaml has the words of go-yaml, which is made of it
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """Leaves every scalar a text, but for null."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _KEPT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def is_compose(name: str, text: str) -> bool:
    """Whether a file is a compose file: by its ending, or without one by its content (bake/compose.go)."""
    lower = name.lower()
    if lower.endswith((".yml", ".yaml")):
        return True
    if lower.endswith((".json", ".hcl")):
        return False
    try:
        return isinstance(_parsed(text).get("services"), dict)
    except BakeError:
        return False


def load_services(
    files: Sequence[tuple[str, str]], environment: Mapping[str, str], read: Callable[[str], str | None]
) -> tuple[Model, Model]:
    """The services and the secrets of the files, later ones over earlier ones. Raises BakeError."""
    model: Model = {}
    for _, text in files:
        model = merged(model, _interpolated(_parsed(text), environment, ""))
    if "services" not in model and "secrets" not in model:
        raise BakeError("empty compose file")
    services = model.get("services") or {}
    if not isinstance(services, dict):
        raise BakeError("services must be a mapping")
    extender = _Extender(services, environment, read)
    return {name: extender.service(name) for name in services}, model.get("secrets") or {}


def _parsed(text: str) -> Model:
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader that knows fewer types
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0)
        raise BakeError(f"failed to parse : yaml: line {line}: {getattr(error, 'problem', None) or error}") from None
    if found is None:
        raise BakeError("empty compose file")
    if not isinstance(found, dict):
        raise BakeError("Top-level object must be a mapping")
    if "include" in found:
        raise UnsupportedError("'include' of a compose file is not simulated for bake")
    if not isinstance(found.get("services", {}), dict):
        raise BakeError("services must be a mapping")
    return found


def _interpolated(value: Any, environment: Mapping[str, str], path: str) -> Any:
    if isinstance(value, dict):
        return {
            key: _interpolated(item, environment, f"{path}.{key}" if path else str(key)) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_interpolated(item, environment, f"{path}[]") for item in value]
    return _substituted(value, environment, path) if isinstance(value, str) else value


def _substituted(text: str, environment: Mapping[str, str], path: str) -> str:
    found, position = "", 0
    while (match := _VARIABLE.search(text, position)) is not None:
        found += text[position : match.start()]
        position = match.end()
        if match["escaped"]:
            found += "$"
        elif match["named"]:
            found += environment.get(match["named"], "")
        else:
            end = _closing(text, position)
            if end < 0:
                raise BakeError(
                    f"invalid interpolation format for {path}.\nYou may need to escape any $ with another $.\n{text}"
                )
            found += _braced(text[position:end], environment, path, text)
            position = end + 1
    return found + text[position:]


def _closing(text: str, start: int) -> int:
    depth = 1
    for position in range(start, len(text)):
        if text.startswith("${", position):
            depth += 1
        elif text[position] == "}":
            depth -= 1
            if not depth:
                return position
    return -1


def _braced(inner: str, environment: Mapping[str, str], path: str, text: str) -> str:
    """`NAME`, or `NAME` with `:-`, `-`, `:?`, `?`, `:+` or `+` and a word."""
    match = _NAME.match(inner)
    operator = inner[match.end() :] if match else ""
    if match is None or (operator and not re.match(r":?[-?+]", operator)):
        raise BakeError(
            f"invalid interpolation format for {path}.\nYou may need to escape any $ with another $.\n{text}"
        )
    value = environment.get(match[0])
    if not operator:
        return value or ""
    counts_empty = operator.startswith(":")
    sign, word = operator.lstrip(":")[:1], operator.lstrip(":")[1:]
    is_set = value is not None and not (counts_empty and value == "")
    if sign == "+":
        return _substituted(word, environment, path) if is_set else ""
    if is_set:
        return value or ""
    if sign == "-":
        return _substituted(word, environment, path)
    said = f": {_substituted(word, environment, path)}" if word else ""
    raise BakeError(f"error while interpolating {path}: required variable {match[0]} is missing a value{said}")


def merged(below: Any, above: Any) -> Any:
    """Mappings by key, lists one behind the other; anything else is replaced."""
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: merged(below[key], value) if key in below else value for key, value in above.items()}}
    if isinstance(below, list) and isinstance(above, list):
        return [*below, *(item for item in above if item not in below)]
    return below if above is None else above


def pairs_of(value: Any) -> dict[str, str | None]:
    """A mapping, or a list of `key=value`; a key alone has no value."""
    if isinstance(value, dict):
        return {str(key): None if item is None else str(item) for key, item in value.items()}
    found: dict[str, str | None] = {}
    for text in value or ():
        key, equals, item = str(text).partition("=")
        found[key] = item if equals else None
    return found


class _Extender:
    """Gives services what they extend."""

    def __init__(
        self, services: Model, environment: Mapping[str, str], read: Callable[[str], str | None], folder: str = ""
    ) -> None:
        self._services = services
        self._environment = environment
        self._read = read
        self._folder = folder

    def service(self, name: str, below: tuple[str, ...] = ()) -> Model:
        """A service with its build as a mapping. Raises BakeError."""
        if name in below:
            raise BakeError("circular reference with extends")
        own = self._normal(name)
        extends = own.pop("extends", None)
        if extends is None:
            return own
        wanted = {"service": extends} if isinstance(extends, str) else dict(extends)
        other = str(wanted.get("service"))
        if wanted.get("file"):
            base = self._other(name, str(wanted["file"])).service(other)
        elif other not in self._services:
            raise BakeError(f'cannot extend service "{name}" in : service "{other}" not found')
        else:
            base = self.service(other, (*below, name))
        found: Model = merged(base, own)
        return found

    def _other(self, name: str, file: str) -> _Extender:
        path = posixpath.normpath(posixpath.join(self._folder, file))
        text = self._read(path)
        if text is None:
            raise BakeError(f'cannot extend service "{name}" in : open {path}: no such file or directory')
        services = _interpolated(_parsed(text), self._environment, "").get("services") or {}
        return _Extender(services, self._environment, self._read, posixpath.dirname(path))

    def _normal(self, name: str) -> Model:
        service = dict(self._services[name] or {})
        build = service.get("build")
        if build is None:
            return service
        if not isinstance(build, (str, dict)):
            raise BakeError(f"services.{name}.build: invalid type {type(build).__name__} for build")
        build = {"context": build} if isinstance(build, str) else dict(build)
        for key in _PAIRS:
            if key in build:
                build[key] = pairs_of(build[key])
        if build.get("context"):
            build["context"] = self._path(str(build["context"]))
        contexts = build.get("additional_contexts") or {}
        build["additional_contexts"] = {key: self._path(value or "") for key, value in contexts.items()}
        return {**service, "build": build}

    def _path(self, path: str) -> str:
        if path.startswith(_REMOTE):
            return path
        return posixpath.normpath(posixpath.join(self._folder, path))


def read_dotenv(text: str) -> dict[str, str]:
    """The variables of a `.env` file: one a line, quotes taken off, comments left out."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = re.match(r"\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:]\s*(.*)$", line)
        if match is None:
            continue
        value = match[2].strip()
        if value[:1] in {"'", '"'} and (end := value.find(value[0], 1)) > 0:
            quote, value = value[0], value[1:end]
            value = value.replace("\\n", "\n") if quote == '"' else value
        else:
            value = re.split(r"\s#", value)[0].rstrip()
        found[match[1]] = value
    return found
