"""What a bake may touch without being asked (buildx bake/entitlements.go)."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_cicache.buildx.bake._target import BakeTarget
from pytest_cicache.buildx.bake.hcl import BakeError
from pytest_cicache.golang import parse_bool

__all__ = ["check_allowed", "missing_rights"]

_REMOTE = ("http://", "https://", "git://", "git@", "ssh://", "github.com/", "target:", "docker-image:", "oci-layout:")
_NETWORK, _INSECURE = "network.host", "security.insecure"
_SENTENCES = {
    _NETWORK: " - Running build containers that can access host network",
    _INSECURE: " - Running privileged containers that can make system changes",
}


@dataclass(slots=True)
class _Wanted:
    """Rights by name, whether the SSH agent is wanted, and the paths to read and to write."""

    named: set[str] = field(default_factory=set)
    ssh: bool = False
    read: set[str] = field(default_factory=set)
    write: set[str] = field(default_factory=set)


def check_allowed(texts: Sequence[str]) -> None:
    """Raise BakeError for an `--allow` that buildx does not know."""
    known = {_NETWORK, _INSECURE, "ssh"}
    for text in texts:
        key = text.partition("=")[0]
        if text not in known and key not in {
            "device",
            "fs",
            "fs.read",
            "fs.write",
            "image",
            "image.push",
            "image.load",
        }:
            raise BakeError(f'unknown entitlement key "{key}"')


def missing_rights(
    targets: Mapping[str, BakeTarget],
    allowed: Sequence[str],
    words: Sequence[str],
    *,
    directory: str,
    existing: Callable[[str], str],
    environment: Mapping[str, str],
) -> tuple[str, ...]:
    """What buildx says where targets want more than is allowed; nothing where they do not.

    `words` are those behind `bake`; `existing` gives, for a path, the real path of it or of the nearest folder above
    that is there; the working `directory` may be read and written.
    """
    wanted = _wanted(targets, allowed, directory, existing)
    setting = environment.get("BUILDX_BAKE_ENTITLEMENTS_FS")
    checks_files = setting is None or parse_bool(setting) is True
    named = [name for name in (_NETWORK, _INSECURE) if name in wanted.named]
    files = list(_file_rights(wanted, directory))
    if not named and not (files and checks_files):
        return ()
    flags = [f"--allow={name}" for name in (*named, *(flag for _, flag in files))]
    given = " ".join(flags)
    lines = [
        "Your build is requesting privileges for following possibly insecure capabilities:",
        "",
        *(_SENTENCES[name] for name in named),
        *(sentence for sentence, _ in files),
        *("", f'Pass "{given}" to grant requested privileges.', "", "Your full command with requested privileges:", ""),
        " ".join(("docker buildx bake", given, *words)),
        "",
    ]
    if checks_files and setting is None and files:
        lines += ["To disable filesystem entitlements checks, you can set BUILDX_BAKE_ENTITLEMENTS_FS=0 .", ""]
    return tuple(lines)


def _wanted(
    targets: Mapping[str, BakeTarget], allowed: Sequence[str], directory: str, existing: Callable[[str], str]
) -> _Wanted:
    found = _Wanted()
    read, write = set[str](), set[str]()
    for target in targets.values():
        found.named |= ({_NETWORK, _INSECURE} & set(target.entitlements or ())) - set(allowed)
        found.ssh = found.ssh or (any(not agent.paths for agent in target.ssh or ()) and "ssh" not in allowed)
        read.update(_read(target))
        write.update(_written(target))
    found.read = _missing(read, _granted(allowed, "fs.read", directory), existing)
    found.write = _missing(write, _granted(allowed, "fs.write", directory), existing)
    return found


def _granted(allowed: Sequence[str], key: str, directory: str) -> list[str]:
    pairs = (text.partition("=") for text in allowed)
    return [directory, *(path for name, _, path in pairs if name in {key, "fs"})]


def _missing(paths: Iterable[str], granted: Sequence[str], existing: Callable[[str], str]) -> set[str]:
    if "*" in granted:
        return set()
    parents = [existing(path) for path in granted]
    found = {posixpath.normpath(existing(path)) for path in paths}
    kept = {path for path in found if not any(path.startswith(f"{other}/") for other in found)}
    return {path for path in kept if not any(_is_below(path, parent) for parent in parents)}


def _is_below(path: str, parent: str) -> bool:
    return path == parent or parent == "/" or path.startswith(f"{parent.rstrip('/')}/")


def _read(target: BakeTarget) -> Iterator[str]:
    context = target.context or "."
    if not context.startswith(_REMOTE):
        yield context
        yield posixpath.join(context, (target.dockerfile or "Dockerfile").removeprefix("cwd://"))
    yield from (
        value.removeprefix("cwd://") for value in target.contexts.values() if value and not value.startswith(_REMOTE)
    )
    yield from (entry.attributes["src"] for entry in target.cache_from or () if _is_local(entry, "src"))
    yield from (secret.source for secret in target.secret or () if secret.source)
    yield from (path for agent in target.ssh or () for path in agent.paths)


def _written(target: BakeTarget) -> Iterator[str]:
    yield from (entry.attributes["dest"] for entry in target.cache_to or () if _is_local(entry, "dest"))
    yield from (item.destination for item in target.output or () if item.destination not in {"", "-"})


def _is_local(entry: object, name: str) -> bool:
    return getattr(entry, "type", "") == "local" and name in getattr(entry, "attributes", {})


def _file_rights(wanted: _Wanted, directory: str) -> Iterator[tuple[str, str]]:
    """Each right on files as a sentence and as a flag."""
    if wanted.ssh:
        yield " - Forwarding default SSH agent socket", "ssh"
    both = wanted.read & wanted.write
    for kind, flag, paths in (
        ("Read and write", "fs", both),
        ("Read", "fs.read", wanted.read - both),
        ("Write", "fs.write", wanted.write - both),
    ):
        for path in sorted(paths):
            shown = _relative(path, directory)
            yield f" - {kind} access to path {shown}", f"{flag}={shown}"


def _relative(path: str, directory: str) -> str:
    """Relative to the working directory where that leads up once at most."""
    found = posixpath.relpath(path, directory)
    return path if found.startswith("../..") else found
