"""crane, skopeo, oras and regctl, as far as they copy, tag and look at images in registries.

crane v0.22 (https://github.com/google/go-containerregistry/tree/v0.22.1/cmd/crane/doc), skopeo 1.9
(https://github.com/containers/skopeo/tree/v1.9.3/docs), oras v1.3 (https://oras.land/docs/category/oras-commands),
regctl v0.9 (https://regclient.org/cli/regctl/).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeAlias

from pytest_cicache import errors
from pytest_cicache.buildx import Words, read_words
from pytest_cicache.engines.client import RefusedError
from pytest_cicache.engines.docker._config import host_of
from pytest_cicache.engines.docker._go_template import render_template
from pytest_cicache.engines.docker._image_call import ImageCall, assumed_by, reference_of
from pytest_cicache.engines.images import ManifestContent, oci_manifest, placeholder, read_archive, write_archive
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.expressions import holds_unknown
from pytest_cicache.observation import Operation, Result
from pytest_cicache.oci import OCI_MANIFEST, Reference

__all__ = ["given_logins", "login_words", "run_tool_command"]

_DOCKER = "docker://"
_ARCHIVES = ("docker-archive:", "oci-archive:")
# Options that take a value, of all the commands below.
_TAKING = """
--annotation --artifact-type --authfile --ca-file --command-timeout --concurrency --config --creds --dest-authfile
--dest-cert-dir --dest-creds --dest-registry-token --digestfile --format --from-username --from-password
--host --jobs --logopt --output --password --platform --policy --registry-config --retry-times --sign-by
--src-authfile --src-cert-dir --src-creds --to-username --to-password --user --username --verbosity -c -f -j -o -p -t -u
"""
_VALUES = frozenset(_TAKING.split())
_LOGINS = {
    "crane": ("auth", "login"),
    "oras": ("login",),
    "regctl": ("registry", "login"),
    "skopeo": ("login",),
}


def login_words(tool: str, words: Sequence[str]) -> list[str] | None:
    """What `docker login` would be given for a tool's login; `None` for another command."""
    wanted = _LOGINS[tool]
    if tuple(words[: len(wanted)]) != wanted:
        return None
    named = {"--user": "-u", "--pass": "-p", "--pass-stdin": "--password-stdin", "--username": "-u", "--password": "-p"}
    flags = {"--plain-http", "--insecure", "--skip-check", "--tls-verify=false", "-v", "--verbose"}
    return [named.get(word, word) for word in words[len(wanted) :] if word not in flags]


def given_logins(words: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The user names and passwords on a command line, by host."""
    read = read_words(words, values=_VALUES)
    images = [word for word in read.positional if word.startswith(_DOCKER) or "/" in word]
    found: dict[str, tuple[str, str]] = {}
    for option, place in (("--src-creds", 0), ("--creds", -1), ("--dest-creds", -1)):
        user, _, password = (read.last(option) or "").partition(":")
        if password and images:
            found[host_of(images[place].removeprefix(_DOCKER))] = (user, password)
    return found


async def run_tool_command(image: ImageCall, tool: str, words: Sequence[str]) -> int:
    """Carry a command out; raises UnsupportedError for one that is not known."""
    read = read_words(words, values=_VALUES)
    for names in (read.positional[:2], read.positional[:1]):
        command = _COMMANDS.get(f"{tool} {' '.join(names)}")
        if command is not None:
            read.positional = read.positional[len(names) :]
            return await _guarded(image, tool, command, read)
    raise UnsupportedError(f"'{' '.join((tool, *read.positional[:1]))}' is not simulated")


async def _guarded(image: ImageCall, tool: str, command: Command, read: Words) -> int:
    try:
        return await command(image, read)
    except errors.ReferenceError as error:
        return image.fail(f"Error: {error}")
    except RefusedError as error:
        return image.fail(_refusal(tool, image, error))
    except IndexError:
        return image.fail(f"Error: '{tool}' lacks an argument")


def _refusal(tool: str, image: ImageCall, error: RefusedError) -> str:
    """A refusal as the tool words it, with the registry's code."""
    last = str(error).splitlines()[-1]
    place = image.operations[-1].reference if image.operations else ""
    match error.status:
        case 404:
            code, words = "MANIFEST_UNKNOWN", "manifest unknown"
        case 401:
            code, words = "UNAUTHORIZED", "authentication required"
        case _:
            code, words = "DENIED", last.removeprefix("denied: ")
    if tool == "skopeo":
        return f'level=fatal msg="reading {place}: {words}"'
    if tool == "oras":
        return f"Error response from registry: {place}: {'not found' if error.status == 404 else last}"
    return f"Error: {place}: {code}: {words}"


async def _copy(image: ImageCall, read: Words) -> int:
    source, target = (text.removeprefix(_DOCKER) for text in read.positional[:2])
    if any(holds_unknown(text) for text in (source, target)):
        image.note_unknown(Operation.PUSH, target, *assumed_by(source))
        return 0
    if (
        read.has("-a", "--all-tags")
        and ":" not in source.rpartition("/")[2]
        and not read.positional[0].startswith(_DOCKER)
    ):
        for tag in await image.registry.tags(Reference.parse(source)):
            await _copy_one(image, f"{source}:{tag}", f"{target}:{tag}")
        return 0
    for each in _targets(target):
        await _copy_one(image, source, each)
    return 0


def _targets(text: str) -> Iterator[str]:
    """oras takes several tags: `repository:a,b`."""
    head, colon, tags = text.rpartition(":")
    if not colon or "," not in tags or "/" in tags:
        yield text
    else:
        yield from (f"{head}:{tag}" for tag in tags.split(","))


async def _copy_one(image: ImageCall, source: str, target: str) -> None:
    if target.startswith(_ARCHIVES):
        content, _ = await image.find(reference_of(source))
        loaded = await image.registry.image(content)
        packed = write_archive([([source], loaded, [await layer.read() for layer in loaded.layers])])
        (image.call.directory / target.split(":")[1]).write_bytes(packed)
        return
    wanted = reference_of(target)
    content, assumes = await _read_source(image, source)
    await _put(image, content, wanted, assumes)


async def _read_source(image: ImageCall, source: str) -> tuple[ManifestContent, tuple[str, ...]]:
    if not source.startswith(_ARCHIVES):
        if ":" in source.partition("/")[0] and source.partition(":")[0] in ("oci", "dir", "docker-daemon"):
            raise UnsupportedError(f"copying from {source!r} is not simulated")
        return await image.find(reference_of(source), needed=True)
    file = source.split(":")[1]
    try:
        (_, loaded), *_others = read_archive(image.call.directory / file)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnsupportedError(f"the archive {file!r} is none that can be read") from error
    stand_in = ManifestContent(
        data=oci_manifest(loaded), media_type=OCI_MANIFEST, source=Reference.parse("localhost/archive"), image=loaded
    )
    return stand_in, ()


async def _put(image: ImageCall, content: ManifestContent, target: Reference, assumes: tuple[str, ...]) -> None:
    try:
        await image.registry.copy(content, target)
    except RefusedError as error:
        image.note_refusal(Operation.PUSH, str(target), error)
        raise
    image.note(Operation.PUSH, str(target), Result.PUSHED, assumes=assumes)
    image.complain(f"{target}: digest: {content.digest} size: {len(content.data)}")


async def _tag(image: ImageCall, read: Words) -> int:
    source, *tags = read.positional
    if any(map(holds_unknown, read.positional)):
        name = source.rpartition(":")[0] if ":" in source.rpartition("/")[2] else source
        for tag in tags:
            image.note_unknown(Operation.PUSH, f"{name.partition('@')[0]}:{tag}", *assumed_by(source))
        return 0
    reference = reference_of(source)
    content, assumes = await image.find(reference, needed=True)
    for tag in tags:
        await _put(image, content, Reference.parse(f"{reference.name}:{tag}"), assumes)
    return 0


async def _found(image: ImageCall, read: Words) -> ManifestContent:
    text = read.positional[0].removeprefix(_DOCKER)
    if holds_unknown(text):
        image.note_unknown(Operation.PULL, text)
        raise UnsupportedError(f"what {text!r} is, is unknown")
    content, assumes = await image.find(reference_of(text), looks=True)
    if assumes:
        raise UnsupportedError(f"what {text} is, is unknown")
    return content


async def _digest(image: ImageCall, read: Words) -> int:
    image.say((await _found(image, read)).digest)
    return 0


async def _manifest(image: ImageCall, read: Words) -> int:
    content = await _found(image, read)
    if read.has("--descriptor"):
        raise UnsupportedError("a descriptor alone is not simulated")
    image.say(content.data.decode(errors="replace"))
    return 0


async def _config(image: ImageCall, read: Words) -> int:
    loaded = await image.registry.image(await _found(image, read))
    image.say(loaded.config.decode(errors="replace"))
    return 0


async def _list(image: ImageCall, read: Words) -> int:
    text = read.positional[0].removeprefix(_DOCKER)
    if holds_unknown(text):
        raise UnsupportedError("the tags of an unknown image are unknown")
    reference = Reference.parse(text)
    for tag in await _tags(image, reference):
        image.say(tag)
    return 0


async def _tags(image: ImageCall, reference: Reference) -> list[str]:
    try:
        tags = await image.registry.tags(reference)
    except RefusedError as error:
        if image.is_others(reference, error, looks=True):
            raise UnsupportedError(f"the tags of {reference.name}, which is elsewhere, are unknown") from error
        image.note_refusal(Operation.PULL, reference.name, error)
        raise
    image.note(Operation.PULL, reference.name, Result.OK)
    return tags


async def _list_json(image: ImageCall, read: Words) -> int:
    reference = Reference.parse(read.positional[0].removeprefix(_DOCKER))
    tags = await _tags(image, reference)
    image.say(json.dumps({"Repository": reference.name, "Tags": tags}, indent=4))
    return 0


async def _skopeo_inspect(image: ImageCall, read: Words) -> int:
    content = await _found(image, read)
    if read.has("--raw"):
        image.say(content.data.decode(errors="replace"))
        return 0
    config = (await image.registry.image(content)).described
    if read.has("--config"):
        image.say(json.dumps(config))
        return 0
    view = {
        "Name": content.source.name,
        "Digest": content.digest,
        "RepoTags": await image.registry.tags(Reference.parse(content.source.name)),
        "Created": config.get("created", ""),
        "Labels": (config.get("config") or {}).get("Labels"),
        "Architecture": config.get("architecture", ""),
        "Os": config.get("os", ""),
        "Env": (config.get("config") or {}).get("Env"),
    }
    form = read.last("-f", "--format")
    image.say(json.dumps(view, indent=4) if form is None else render_template(form, view))
    return 0


async def _push_artifact(image: ImageCall, read: Words) -> int:
    """An artifact of files: what is in it matters to nobody here, the right to push it does."""
    for text in _targets(read.positional[0]):
        if holds_unknown(text):
            image.note_unknown(Operation.PUSH, text)
            continue
        target = reference_of(text)
        artifact = placeholder(f"{target} {read.positional[1:]}")
        content = ManifestContent(data=oci_manifest(artifact), media_type=OCI_MANIFEST, source=target, image=artifact)
        await _put(image, content, target, ())
        image.say(f"Pushed [registry] {target}\nDigest: {content.digest}")
    return 0


async def _push_archive(image: ImageCall, read: Words) -> int:
    file, text = read.positional[:2]
    if holds_unknown(text):
        image.note_unknown(Operation.PUSH, text)
        return 0
    content, _ = await _read_source(image, f"docker-archive:{file}")
    target = reference_of(text)
    await _put(image, content, target, ())
    image.say(f"{target.name}@{content.digest}")
    return 0


async def _version(image: ImageCall, read: Words) -> int:
    image.say("simulated")
    return 0


async def _nothing(image: ImageCall, read: Words) -> int:
    return 0


Command: TypeAlias = Callable[[ImageCall, Words], Awaitable[int]]
_COMMANDS: dict[str, Command] = {
    **dict.fromkeys(
        ("crane copy", "crane cp", "oras copy", "oras cp", "regctl image copy", "regctl image cp", "skopeo copy"), _copy
    ),
    **dict.fromkeys(("crane tag", "oras tag"), _tag),
    **dict.fromkeys(("crane digest", "oras resolve", "regctl image digest", "regctl manifest head"), _digest),
    **dict.fromkeys(
        ("crane manifest", "oras manifest fetch", "regctl manifest get", "regctl image manifest"), _manifest
    ),
    **dict.fromkeys(
        ("crane config", "oras manifest fetch-config", "regctl image inspect", "regctl image config"), _config
    ),
    **dict.fromkeys(("crane ls", "oras repo tags", "regctl tag ls", "regctl tag list"), _list),
    "skopeo list-tags": _list_json,
    "skopeo inspect": _skopeo_inspect,
    "oras push": _push_artifact,
    "crane push": _push_archive,
    **dict.fromkeys(("crane version", "oras version", "regctl version"), _version),
    **dict.fromkeys(("crane auth logout", "oras logout", "regctl registry logout", "skopeo logout"), _nothing),
    "regctl registry set": _nothing,
}
