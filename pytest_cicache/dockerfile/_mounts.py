"""`RUN --mount`: the values of the option, read as BuildKit does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_cicache.dockerfile._sizes import parse_size
from pytest_cicache.dockerfile._suggestion import did_you_mean
from pytest_cicache.errors import DockerfileError
from pytest_cicache.golang import fields

__all__ = ["Mount", "mount_source", "parse_mount"]

_TYPES = ("bind", "cache", "secret", "ssh", "tmpfs")
_SHARING = {"shared": 0, "private": 1, "locked": 2}
_TRUE = {"1", "t", "T", "TRUE", "true", "True"}
_FALSE = {"0", "f", "F", "FALSE", "false", "False"}
_ALIASES = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly", "rw": "readwrite"}
_KEYS = (
    "type", "from", "source", "target", "readonly", "id", "sharing", "required", "size", "mode", "uid", "gid",
    "src", "dst", "destination", "ro", "rw", "readwrite", "env",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Mount:
    """One mount; `sharing` is BuildKit's number, `mode`, `uid` and `gid` are `None` where not given."""

    type: str = "bind"
    from_: str = ""
    source: str = ""
    target: str = ""
    readonly: bool | None = None
    id: str = ""
    sharing: int | None = None
    required: bool = False
    size: int = 0
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None
    env: str | None = None

    @property
    def is_readonly(self) -> bool:
        """Whether it is read-only, by its own word or its type's default."""
        return self.type not in {"cache", "tmpfs"} if self.readonly is None else self.readonly


def mount_source(text: str) -> str:
    """The stage or image a mount takes files from, known before variables are."""
    for field in fields(text):
        key, _, value = field.partition("=")
        if key.lower() != "from":
            continue
        if "$" in value[:-1]:
            raise DockerfileError("'from' doesn't support variable expansion, define alias stage instead")
        return value
    return ""


def parse_mount(text: str, expand: Callable[[str], str]) -> Mount:
    """Read `type=cache,target=/root/.cache`. Raises DockerfileError in BuildKit's words."""
    mount = Mount()
    for field in fields(text):
        key, equals, value = field.partition("=")
        key = key.lower()
        if equals:
            _set(mount, key, expand(value), field)
        else:
            _switch(mount, key, field)
    _check(mount)
    return mount


def _switch(mount: Mount, key: str, field: str) -> None:
    name = _ALIASES.get(key, key)
    if name in {"readonly", "readwrite"}:
        mount.readonly = name == "readonly"
    elif name == "required":
        _require(mount, key, True)
    else:
        raise DockerfileError(f"invalid field '{field}' must be a key=value pair")


def _require(mount: Mount, key: str, value: bool) -> None:
    if mount.type not in {"secret", "ssh"}:
        raise DockerfileError(f"unexpected key '{key}' for mount type '{mount.type}'")
    mount.required = value


def _set(mount: Mount, key: str, value: str, field: str) -> None:
    name = _ALIASES.get(key, key)
    if name in {"source", "target", "id", "env"}:
        setattr(mount, name, value)
    elif name == "from":
        mount.from_ = value
    elif name == "type":
        _set_type(mount, value)
    elif name in {"readonly", "readwrite"}:
        mount.readonly = _truth(key, value) == (name == "readonly")
    elif name == "required":
        _require(mount, key, _truth(key, value))
    elif name in {"mode", "uid", "gid"}:
        setattr(mount, name, _number(name, value))
    elif name == "sharing":
        _set_sharing(mount, value)
    elif name == "size":
        _set_size(mount, value)
    else:
        raise DockerfileError(f"unexpected key '{key}' in '{field}'{did_you_mean(key, _KEYS)}")


def _set_type(mount: Mount, value: str) -> None:
    if value.lower() not in _TYPES:
        raise DockerfileError(f'unsupported mount type "{value}"{did_you_mean(value, _TYPES)}')
    mount.type = value.lower()


def _set_sharing(mount: Mount, value: str) -> None:
    if value.lower() not in _SHARING:
        raise DockerfileError(f'unsupported sharing value "{value}"{did_you_mean(value, _SHARING)}')
    mount.sharing = _SHARING[value.lower()]


def _set_size(mount: Mount, value: str) -> None:
    if mount.type != "tmpfs":
        raise DockerfileError(f"unexpected key 'size' for mount type '{mount.type}'")
    try:
        mount.size = parse_size(value)
    except ValueError:
        raise DockerfileError(f"invalid value for size: {value}") from None


def _truth(key: str, value: str) -> bool:
    if value not in _TRUE | _FALSE:
        raise DockerfileError(f"invalid value for {key}: {value}")
    return value in _TRUE


def _number(name: str, value: str) -> int:
    try:
        return int(value, 8 if name == "mode" else 10)
    except ValueError:
        raise DockerfileError(f"invalid value {value} for {name}") from None


def _check(mount: Mount) -> None:
    if mount.type in {"bind", "tmpfs"}:
        for name in ("mode", "uid", "gid"):
            if getattr(mount, name) is not None:
                raise DockerfileError(f'{name} not allowed for "{mount.type}" type mounts')
    if mount.type == "secret":
        _check_secret(mount)
    if mount.sharing is not None and mount.type != "cache":
        raise DockerfileError(f"invalid cache sharing set for {mount.type} mount")


def _check_secret(mount: Mount) -> None:
    if mount.from_:
        raise DockerfileError("secret mount should not have a from")
    if mount.sharing is not None:
        raise DockerfileError("secret mount should not define sharing")
    if not (mount.source or mount.target or mount.id):
        raise DockerfileError("invalid secret mount. one of source, target required")
    if mount.source and mount.id:
        raise DockerfileError("both source and id can't be set")
