"""The docker commands on the job's own images, with the texts of docker 28 and its overlay2 store."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from pytest_cicache import errors
from pytest_cicache.buildx import Words, read_words
from pytest_cicache.engines.client import RefusedError
from pytest_cicache.engines.docker._go_template import render_template
from pytest_cicache.engines.docker._image_call import ImageCall, assumed_by, denial_words, reference_of
from pytest_cicache.engines.docker._image_store import StoredImage
from pytest_cicache.engines.images import placeholder, read_archive, write_archive
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.expressions import holds_unknown
from pytest_cicache.observation import Operation, Result
from pytest_cicache.oci import Reference

__all__ = ["LOCAL_COMMANDS", "run_local"]

_SHORT = 12
_GONE = "About an hour ago"


async def run_local(image: ImageCall, verb: str, words: Sequence[str], shown: str) -> int:
    """Carry out `docker VERB`; `shown` is the command as docker names it (`image rm`)."""
    command, values, least, most, usage = LOCAL_COMMANDS[verb]
    read = read_words(words, values=values)
    if not least <= len(read.positional) <= most:
        return image.fail(_wrong_number(shown, least, most, usage))
    try:
        return await command(image, read)
    except errors.ReferenceError as error:
        return image.fail(str(error))


async def _push(image: ImageCall, read: Words) -> int:
    text = read.positional[0]
    if holds_unknown(text):
        image.note_unknown(Operation.PUSH, text)
        return 0
    reference = Reference.parse(text)
    names = [str(reference.normalised)]
    if read.has("-a", "--all-tags"):
        if reference.tag is not None:
            return image.fail("tag can't be used with --all-tags/-a")
        names = image.store.named(text)
    if not read.has("-q", "--quiet"):
        if names == [f"{reference.name}:latest"] and reference.tag is None:
            image.say("Using default tag: latest")
        image.say(f"The push refers to repository [{reference.name}]")
    for name in names:
        status = await _push_one(image, Reference.parse(name), quiet=read.has("-q", "--quiet"))
        if status:
            return status
    return 0 if names else image.fail(f"An image does not exist locally with the tag: {reference.familiar}")


async def _push_one(image: ImageCall, target: Reference, *, quiet: bool) -> int:
    stored = image.store.find(str(target)) or _made_before(image, target)
    if stored is None:
        words = f"An image does not exist locally with the tag: {Reference.parse(target.name).familiar}"
        image.note(Operation.PUSH, str(target), Result.FAILED, message=words)
        return image.fail(words)
    layers = stored.image.layers
    for layer in () if quiet else layers:
        image.say(f"{_short(layer.digest)}: Preparing")
    try:
        digest = await image.registry.push(stored.image, target)
    except RefusedError as error:
        image.note_refusal(Operation.PUSH, str(target), error)
        return image.fail(denial_words(error, target.host))
    image.note(Operation.PUSH, str(target), Result.PUSHED, assumes=stored.assumes)
    image.store.note_digest(stored.image, Reference.parse(target.name), digest)
    if quiet:
        image.say(str(target))
        return 0
    for layer in layers:
        image.say(f"{_short(layer.digest)}: Pushed")
    size = sum(layer.size for layer in layers)
    image.say(f"{target.tag}: digest: {digest} size: {size}")
    return 0


def _made_before(image: ImageCall, reference: Reference) -> StoredImage | None:
    """What something assumed before may have put into the store."""
    if not image.is_unsure:
        return None
    name = reference.familiar
    assumption = image.assume(f"the image {name} is not in the job's store, and may come from something assumed before")
    stored = StoredImage(image=placeholder(str(reference)), assumes=(assumption.id,))
    image.store.keep(stored, [str(reference)])
    return stored


async def _pull(image: ImageCall, read: Words) -> int:
    text = read.positional[0]
    if holds_unknown(text):
        image.note_unknown(Operation.PULL, text)
        return 0
    reference = reference_of(text)
    quiet = read.has("-q", "--quiet")
    if not quiet and Reference.parse(text) != reference:
        image.say("Using default tag: latest")
    try:
        content, assumes = await image.find(reference)
        pulled = await image.registry.image(content)
    except RefusedError as error:
        return image.fail(f"Error response from daemon: {_pull_words(error, reference)}")
    known = image.store.find(str(reference))
    image.store.keep(StoredImage(image=pulled, assumes=assumes), [str(reference)] if reference.tag else [])
    image.store.note_digest(pulled, Reference.parse(reference.name), str(reference.digest or content.digest))
    if not quiet:
        is_same = known is not None and known.image.id == pulled.id
        state = "Image is up to date" if is_same else "Downloaded newer image"
        image.say(f"{reference.tag or reference.digest}: Pulling from {reference.image_name}")
        image.say(f"Digest: {content.digest}\nStatus: {state} for {reference.familiar}")
    image.say(str(reference))
    return 0


def _pull_words(error: RefusedError, reference: Reference) -> str:
    """As ghcr.io's refusals come out of docker: https://github.com/orgs/community/discussions/38467."""
    if error.status == 404:
        return "manifest unknown"
    if error.status == 401:
        where = f"https://{reference.host}/v2/{reference.image_name}/manifests/{reference.identifier}"
        return f'Head "{where}": denied: denied'
    return denial_words(error, reference.host).partition(":")[0] or "denied"


async def _tag(image: ImageCall, read: Words) -> int:
    source, target = read.positional
    if holds_unknown(target):
        return 0
    if holds_unknown(source):
        stored: StoredImage | None = StoredImage(image=placeholder(target), assumes=assumed_by(source))
    else:
        stored = image.store.find(source) or _made_before(image, reference_of(source))
    if stored is None:
        return image.fail(f"Error response from daemon: No such image: {reference_of(source).familiar}")
    reference = Reference.parse(target)
    if reference.digest is not None:
        return image.fail("Error parsing reference: refusing to create a tag with a digest reference")
    image.store.keep(stored, [str(reference)])
    return 0


async def _list(image: ImageCall, read: Words) -> int:
    wanted = read.positional[0] if read.positional else read.last("--filter", "-f") or ""
    wanted = wanted.removeprefix("reference=")
    rows = [row for row in image.store.listed() if not wanted or _matches(row[0], row[1], wanted)]
    if read.has("-q", "--quiet"):
        for identifier in dict.fromkeys(stored.image.id for _, _, stored in rows):
            image.say(identifier if read.has("--no-trunc") else _short(identifier))
        return 0
    form = read.last("--format")
    if form is None or form.startswith("table"):
        image.say(f"{'REPOSITORY':<40} {'TAG':<17} {'IMAGE ID':<14} {'CREATED':<19} SIZE")
    for name, tag, stored in rows:
        row = {"Repository": name, "Tag": tag, "ID": _short(stored.image.id), "CreatedSince": _GONE, "Size": "0B"}
        if form is None or form.startswith("table"):
            image.say(f"{name:<40} {tag:<17} {row['ID']:<14} {_GONE:<19} 0B")
        else:
            image.say(json.dumps(row) if form == "json" else render_template(form, row))
    return 0


def _matches(name: str, tag: str, wanted: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(name, wanted) or fnmatchcase(f"{name}:{tag}", wanted)


async def _remove(image: ImageCall, read: Words) -> int:
    status = 0
    for text in read.positional:
        lines = image.store.forget(text)
        if lines:
            image.say("\n".join(lines))
        elif not (read.has("-f", "--force") or image.is_unsure or holds_unknown(text)):
            image.complain(f"Error response from daemon: No such image: {reference_of(text).familiar}")
            status = 1
    return status


async def _inspect(image: ImageCall, read: Words) -> int:
    found = []
    for text in read.positional:
        stored = image.store.find(text)
        if stored is None:
            if image.is_unsure or holds_unknown(text):
                raise UnsupportedError(f"what 'docker inspect {text}' shows was made by something assumed")
            image.say("[]")
            return image.fail(f"Error response from daemon: No such image: {reference_of(text).familiar}")
        found.append(_described(image, stored))
    form = read.last("-f", "--format")
    if form is None or form == "json":
        image.say(json.dumps(found, indent=4 if form is None else None))
        return 0
    for item in found:
        image.say(render_template(form, item))
    return 0


def _described(image: ImageCall, stored: StoredImage) -> dict[str, Any]:
    config = stored.image.described
    return {
        "Id": stored.image.id,
        "RepoTags": [Reference.parse(name).familiar for name in image.store.names(stored.image)],
        "RepoDigests": image.store.digests(stored.image),
        "Created": config.get("created", "0001-01-01T00:00:00Z"),
        "Architecture": config.get("architecture", "amd64"),
        "Os": config.get("os", "linux"),
        "Size": sum(layer.size for layer in stored.image.layers),
        "Config": config.get("config") or {},
        "RootFS": {"Type": "layers", "Layers": (config.get("rootfs") or {}).get("diff_ids") or []},
    }


async def _history(image: ImageCall, read: Words) -> int:
    stored = image.store.find(read.positional[0])
    if stored is None:
        return image.fail(f"Error response from daemon: No such image: {reference_of(read.positional[0]).familiar}")
    if read.has("--format", "-q", "--quiet", "--no-trunc", "-H", "--human"):
        raise UnsupportedError("'docker history' in another form is not simulated")
    image.say("IMAGE          CREATED             CREATED BY   SIZE      COMMENT")
    for layer in reversed(stored.image.layers):
        image.say(f"{_short(layer.digest):<14} {_GONE:<19} {'':<12} {layer.size}B")
    return 0


async def _save(image: ImageCall, read: Words) -> int:
    packed = []
    for text in read.positional:
        stored = image.store.find(text) or (
            _made_before(image, reference_of(text)) if not holds_unknown(text) else None
        )
        if stored is None:
            return image.fail(f"Error response from daemon: No such image: {reference_of(text).familiar}")
        names = [str(reference_of(text))] if _is_name(image, text) else []
        packed.append((names, stored.image, [await layer.read() for layer in stored.image.layers]))
    file = read.last("-o", "--output")
    if file is None:
        await image.call.emit(write_archive(packed))
        return 0
    target = image.call.directory / file
    try:
        target.write_bytes(write_archive(packed))
    except OSError as error:
        return image.fail(f"failed to save image: {_lower(error)}")
    return 0


async def _load(image: ImageCall, read: Words) -> int:
    file = read.last("-i", "--input")
    try:
        data = await image.call.stdin() if file is None else (image.call.directory / file).read_bytes()
    except OSError as error:
        if image.is_unsure:
            raise UnsupportedError(f"the archive {file!r} may come from something assumed before") from error
        return image.fail(f"open {file}: {_lower(error)}")
    if holds_unknown(data.decode("latin-1")):
        raise UnsupportedError("an archive of which nobody knows the content is not loaded")
    try:
        loaded = read_archive(data)
    except (ValueError, KeyError, TypeError) as error:
        if image.is_unsure:
            raise UnsupportedError("the archive may come from something assumed before") from error
        return image.fail("invalid tar header" if data else "unexpected EOF")
    for names, each in loaded:
        image.store.keep(StoredImage(image=each), names)
        for name in names:
            image.say(f"Loaded image: {Reference.parse(name).familiar}")
        if not names:
            image.say(f"Loaded image ID: {each.id}")
    return 0


async def _prune(image: ImageCall, read: Words) -> int:
    if read.has("-a", "--all", "-af", "-fa"):
        image.store.clear()
    image.say("Total reclaimed space: 0B")
    return 0


def _is_name(image: ImageCall, text: str) -> bool:
    try:
        return str(reference_of(text)) in [name for stored in _stored(image, text) for name in stored]
    except errors.ReferenceError:
        return False


def _stored(image: ImageCall, text: str) -> Iterator[list[str]]:
    stored = image.store.find(text)
    if stored is not None:
        yield image.store.names(stored.image)


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:_SHORT]


def _lower(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _wrong_number(shown: str, least: int, most: int, usage: str) -> str:
    number = f"requires {least} argument{'s' if least != 1 else ''}"
    if most > least:
        number = f"requires at least {least} argument{'s' if least != 1 else ''}"
    help_words = "See" if " " in shown or most > least else "Run"
    return (
        f"docker: 'docker {shown}' {number}\n\nUsage:  docker {shown} {usage}\n\n"
        f"{help_words} 'docker {shown} --help' for more information"
    )


_MANY = 10_000
Command = Callable[[ImageCall, Words], Awaitable[int]]
LOCAL_COMMANDS: dict[str, tuple[Command, tuple[str, ...], int, int, str]] = {
    "push": (_push, ("--platform",), 1, 1, "[OPTIONS] NAME[:TAG]"),
    "pull": (_pull, ("--platform",), 1, 1, "[OPTIONS] NAME[:TAG|@DIGEST]"),
    "tag": (_tag, (), 2, 2, "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]"),
    "ls": (_list, ("-f", "--filter", "--format"), 0, 1, "[OPTIONS] [REPOSITORY[:TAG]]"),
    "rm": (_remove, ("--platform",), 1, _MANY, "[OPTIONS] IMAGE [IMAGE...]"),
    "inspect": (_inspect, ("-f", "--format", "--platform", "--type"), 1, _MANY, "[OPTIONS] IMAGE [IMAGE...]"),
    "history": (_history, ("--format", "--platform"), 1, 1, "[OPTIONS] IMAGE"),
    "save": (_save, ("-o", "--output", "--platform"), 1, _MANY, "[OPTIONS] IMAGE [IMAGE...]"),
    "load": (_load, ("-i", "--input", "--platform"), 0, 0, "[OPTIONS]"),
    "prune": (_prune, ("--filter",), 0, 0, "[OPTIONS]"),
}
"""Each command of `docker image`: what carries it out, options with a value, how many names, and its usage."""
