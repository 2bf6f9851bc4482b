"""A target's cache, output, attestation, secret and SSH entries: as text, value and JSON (buildx util/buildflags)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pytest_cicache.buildx.bake.hcl import SetValue, Value, ValueProblem, to_json, to_text, type_name
from pytest_cicache.golang import fields, parse_bool

__all__ = [
    "Attest",
    "BakeCache",
    "BakeSecret",
    "Export",
    "Ssh",
    "csv_text",
    "entries",
    "read_attest",
    "read_caches",
    "read_export",
    "read_secret",
    "read_ssh",
    "unique",
]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class BakeCache:
    """One `cache-from` or `cache-to`."""

    type: str
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> dict[str, str]:
        """The entry as `--print` shows it."""
        return {**self.attributes, "type": self.type}

    @property
    def text(self) -> str:
        """The entry as an option of a build."""
        if self.type == "registry" and set(self.attributes) == {"ref"}:
            return self.attributes["ref"]
        return csv_text([("type", self.type), *sorted(self.attributes.items())])


@dataclass(frozen=True, slots=True)
class Export:
    """One `output`."""

    type: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    destination: str = ""

    @property
    def json(self) -> dict[str, str]:
        """The entry as `--print` shows it."""
        return {**self.attributes, "type": self.type, **({"dest": self.destination} if self.destination else {})}

    @property
    def text(self) -> str:
        """The entry as an option of a build."""
        dest = [("dest", self.destination)] if self.destination else []
        return csv_text([("type", self.type), *dest, *sorted(self.attributes.items())])


@dataclass(frozen=True, slots=True)
class Attest:
    """One `attest`."""

    type: str
    disabled: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> dict[str, str | bool]:
        """The entry as `--print` shows it."""
        return {**self.attributes, "type": self.type, **({"disabled": True} if self.disabled else {})}

    @property
    def text(self) -> str:
        """The entry as an option of a build."""
        disabled = [("disabled", "true")] if self.disabled else []
        return csv_text([("type", self.type), *disabled, *sorted(self.attributes.items())])


@dataclass(frozen=True, slots=True)
class BakeSecret:
    """One `secret`."""

    id: str = ""
    source: str = ""
    variable: str = ""

    @property
    def json(self) -> dict[str, str]:
        """The entry as `--print` shows it."""
        named = {"id": self.id, "src": self.source, "env": self.variable}
        return {key: value for key, value in named.items() if value}

    @property
    def text(self) -> str:
        """The entry as an option of a build."""
        return csv_text(list(self.json.items()))


@dataclass(frozen=True, slots=True)
class Ssh:
    """One `ssh`."""

    id: str = ""
    paths: tuple[str, ...] = ()

    @property
    def json(self) -> dict[str, str | list[str]]:
        """The entry as `--print` shows it."""
        return {**({"id": self.id} if self.id else {}), **({"paths": list(self.paths)} if self.paths else {})}

    @property
    def text(self) -> str:
        """The entry as an option of a build."""
        return csv_text([(self.id, ",".join(self.paths))]) if self.paths else self.id


def csv_text(pairs: Iterable[tuple[str, str]]) -> str:
    """Pairs as one line of CSV, quoted where they hold a comma or a quote."""
    found = (f"{key}={value}" for key, value in pairs)
    return ",".join('"' + pair.replace('"', '""') + '"' if set(pair) & {",", '"'} else pair for pair in found)


def _pairs(text: str) -> list[tuple[str, str]]:
    found = []
    for item in fields(text):
        key, equals, value = item.partition("=")
        if not equals:
            raise ValueProblem(f"invalid value {item}")
        found.append((key, value))
    return found


def read_caches(text: str) -> list[BakeCache]:
    """The entries of one text: a reference, several, or one with attributes. Raises ValueProblem."""
    if not text:
        return []
    if "=" not in text:
        return [BakeCache("registry", {"ref": item}) for item in fields(text)]
    pairs = {key.lower(): value for key, value in _pairs(text)}
    kind = pairs.pop("type", "")
    if not kind:
        raise ValueProblem(f'type required form> "{text}"')
    return [BakeCache(kind, pairs)]


def read_export(text: str) -> Export:
    """An output from its text. Raises ValueProblem."""
    found = fields(text)
    if found == (text,) and not text.startswith("type="):
        return Export("tar" if text == "-" else "local", {}, text)
    pairs = {key.lower().strip(): value for key, value in _pairs(text)}
    return _export(pairs)


def _export(pairs: dict[str, str]) -> Export:
    kind, destination = pairs.pop("type", ""), pairs.pop("dest", "")
    if not kind:
        raise ValueProblem("type is required for output")
    return Export(kind, pairs, destination)


def read_attest(text: str) -> Attest:
    """An attestation from its text. Raises ValueProblem."""
    kind, disabled, attributes = "", False, {}
    for key, value in _pairs(text):
        match key.lower().strip():
            case "type":
                kind = value
            case "disabled":
                disabled = _bool(value, f"invalid value {key}={value}: ")
            case _:
                attributes[key] = value
    if not kind:
        raise ValueProblem("attestation type not specified")
    return Attest(kind, disabled, attributes)


def read_secret(text: str) -> BakeSecret:
    """A secret from its text. Raises ValueProblem."""
    named = {"id": "", "src": "", "env": "", "type": ""}
    for item in fields(text):
        key, equals, value = item.partition("=")
        if not equals:
            raise ValueProblem(f"invalid field '{item}' must be a key=value pair")
        name = {"source": "src"}.get(key.lower(), key.lower())
        if name not in named:
            raise ValueProblem(f"unexpected key '{key.lower()}' in '{item}'")
        if name == "type" and value not in {"file", "env"}:
            raise ValueProblem(f'unsupported secret type "{value}"')
        named[name] = value
    if named["type"] == "env" and not named["env"]:
        named["env"], named["src"] = named["src"], ""
    return BakeSecret(named["id"], named["src"], named["env"])


def read_ssh(text: str) -> Ssh:
    """An SSH agent or key from its text."""
    name, equals, paths = text.partition("=")
    return Ssh(name, tuple(paths.split(",")) if equals else ())


def entries(value: Value, kind: str) -> list[object]:
    """The entries of an argument (`cache`, `output`, `attest`, `secret` or `ssh`). Raises ValueProblem."""
    if not isinstance(value, (list, tuple)):
        raise ValueProblem(f"{_WANTED[kind]} required")
    found: list[object] = []
    for item in value:
        if item == "":
            continue
        if isinstance(item, str):
            found += read_caches(item) if kind == "cache" else [_READERS[kind](item)]
        else:
            found.append(_from_map(item, kind))
    return found


_WANTED = {
    "cache": "list of map of string",
    "output": "list of map of string",
    "attest": "list of map of string",
    "secret": "list of object",
    "ssh": "list of object",
}
_READERS: Mapping[str, Callable[[str], object]] = {
    "output": read_export,
    "attest": read_attest,
    "secret": read_secret,
    "ssh": read_ssh,
}


def _from_map(value: Value, kind: str) -> object:
    if not isinstance(value, dict):
        raise ValueProblem(f"map of string required, but have {type_name(value)}")
    if kind == "ssh":
        paths = value.get("paths")
        listed = tuple(to_text(item) for item in paths) if isinstance(paths, (list, tuple, SetValue)) else ()
        return Ssh(_optional(value, "id"), listed)
    if kind == "secret":
        return BakeSecret(_optional(value, "id"), _optional(value, "src"), _optional(value, "env"))
    pairs = {key: to_text(item) for key, item in value.items() if item is not None}
    if kind == "output":
        return _export(pairs)
    name = pairs.pop("type", "")
    if kind == "attest":
        disabled = _bool(pairs.pop("disabled", "false"), "")
        return Attest(name, disabled, pairs)
    if not name:
        shown = to_json(value).replace('"', '\\"')
        raise ValueProblem(f'type required form> "{shown}"')
    return BakeCache(name, pairs)


def _bool(text: str, lead: str) -> bool:
    found = parse_bool(text)
    if found is None:
        raise ValueProblem(f'{lead}strconv.ParseBool: parsing "{text}": invalid syntax')
    return found


def _optional(value: Mapping[str, Value], name: str) -> str:
    found = value.get(name)
    return "" if found is None else to_text(found)


def unique(items: Sequence[_T]) -> tuple[_T, ...]:
    """Without duplicates, in the order that buildx leaves them in (util/buildflags/utils.go)."""
    found = list(items)
    for place in range(len(found) - 2, -1, -1):
        for other in range(place + 1, len(found)):
            if found[place] == found[other]:
                found[other], found[-1] = found[-1], found[other]
                found.pop()
                break
    return tuple(found)
