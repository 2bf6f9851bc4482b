"""`docker buildx imagetools`: looks at images in registries and makes new ones of them, as buildx 0.29 does.

https://github.com/docker/buildx/tree/v0.29.1/commands/imagetools and util/imagetools
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_cicache import errors
from pytest_cicache.buildx import Words, read_words
from pytest_cicache.engines.client import RefusedError
from pytest_cicache.engines.docker._go_template import escape_html, render_template
from pytest_cicache.engines.docker._image_call import ImageCall, assumed_by, reference_of
from pytest_cicache.engines.images import ManifestContent
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.expressions import holds_unknown
from pytest_cicache.observation import Operation, Result
from pytest_cicache.oci import DOCKER_MANIFEST_LIST, OCI_INDEX, Digest, Reference

__all__ = ["run_imagetools"]

_CREATE_VALUES = (
    *("--annotation", "--builder", "-f", "--file", "-p", "--platform", "--progress", "-t", "--tag", "--metadata-file"),
)
_USAGE = (
    "ERROR: docker: 'docker buildx imagetools inspect' requires 1 argument\n\n"
    "Usage:  docker buildx imagetools inspect [OPTIONS] NAME\n\n"
    "Run 'docker buildx imagetools inspect --help' for more information"
)
# The order in which Go writes the members of a descriptor and of a platform.
_DESCRIPTOR = ("mediaType", "digest", "size", "urls", "annotations", "data", "platform", "artifactType")
_PLATFORM = ("architecture", "os", "os.version", "os.features", "variant")
# And those of an image's configuration.
_CONFIG = ("created", "author", *_PLATFORM, "config", "rootfs", "history")
_INNER_CONFIG = ("User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels", "StopSignal")

Source = tuple[ManifestContent, "dict[str, Any] | None"]


async def run_imagetools(image: ImageCall, words: Sequence[str]) -> int:
    """Carry out `docker buildx imagetools …`; raises UnsupportedError for a form that is not known."""
    read = read_words(words, values={"--builder"}, stop_early=True)
    verb, rest = (read.positional[0], read.positional[1:]) if read.positional else ("", [])
    try:
        match verb:
            case "create":
                return await _create(image, read_words(rest, values=_CREATE_VALUES))
            case "inspect":
                return await _inspect(image, read_words(rest, values={"--builder", "--format"}))
            case "":
                raise UnsupportedError("'docker buildx imagetools' without a command is not simulated")
    except errors.ReferenceError as error:
        return image.fail(f"ERROR: {error}")
    except RefusedError as error:
        # A refused look is not asked for again, so that the registry's own words stay unknown.
        return image.fail(f"ERROR: {error.unexpected or error}")
    return image.fail(f'ERROR: unknown command: "{verb}"')


async def _inspect(image: ImageCall, read: Words) -> int:
    if len(read.positional) != 1:
        return image.fail(_USAGE)
    if holds_unknown(read.positional[0]):
        image.note_unknown(Operation.PULL, read.positional[0])
        raise UnsupportedError(f"what 'docker buildx imagetools inspect' shows of {read.positional[0]!r} is unknown")
    content, assumes = await image.find(reference_of(read.positional[0]), looks=True)
    if assumes:
        raise UnsupportedError(f"what 'docker buildx imagetools inspect {read.positional[0]}' shows is unknown")
    if read.has("--raw"):
        image.say(content.data.decode(errors="replace"))
        return 0
    form = read.last("--format") or ""
    if not form or form.startswith("{{.Manifest"):
        # buildx takes every such template for its own table: commands/imagetools/inspect.go.
        image.say("\n".join(_table(content)))
        return 0
    image.say(render_template(form, await _view(image, content), indent=2))
    return 0


def _table(content: ManifestContent) -> Iterator[str]:
    name = str(content.source)
    yield f"Name:      {name}"
    yield f"MediaType: {content.media_type}"
    yield f"Digest:    {content.digest}"
    if not content.is_index:
        return
    yield "           "
    yield "Manifests: "
    column = len("Annotations: " if any(child.get("annotations") for child in content.children) else "MediaType: ")
    for number, child in enumerate(content.children):
        if number:
            yield " " * (column + 2)
        yield f"  {'Name:':<{column}}{_plain_name(content.source)}@{child['digest']}"
        yield f"  {'MediaType:':<{column}}{child.get('mediaType', '')}"
        if child.get("platform"):
            yield f"  {'Platform:':<{column}}{_platform_text(child['platform'])}"
        if child.get("annotations"):
            width = max(map(len, child["annotations"])) + 1
            yield "  Annotations: "
            for key, value in sorted(child["annotations"].items()):
                yield f"    {key + ':':<{width}} {value}"


def _plain_name(source: Reference) -> str:
    tag = f":{source.tag}" if source.tag else ""
    return f"{source.name}{tag}"


async def _view(image: ImageCall, content: ManifestContent) -> dict[str, Any]:
    """What a template sees."""
    view: dict[str, Any] = {**content.descriptor}
    if content.is_index:
        view = {"schemaVersion": 2, **view, "manifests": [_ordered(child) for child in content.children]}
    images: dict[str, Any] = {}
    for child in content.children:
        platform = _platform_text(child.get("platform") or {})
        if platform != "unknown/unknown":
            reference = Reference.parse(f"{content.source.name}@{child['digest']}")
            images[platform] = _ordered_config(await image.registry.config(await image.registry.find(reference)))
    if not content.is_index:
        images = {"": _ordered_config(await image.registry.config(content))}
    shown = next(iter(images.values())) if len(images) == 1 else images
    return {"name": str(content.source), "manifest": view, "image": shown}


async def _create(image: ImageCall, read: Words) -> int:
    tags = [tag for option in ("-t", "--tag") for tag in read.values.get(option, ())]
    texts = [*_from_files(image, read), *read.positional]
    unknown = [text for text in (*tags, *texts) if holds_unknown(text)]
    dry = read.has("--dry-run")
    if any(holds_unknown(text) for text in texts):
        # The content is unknown; where it goes may be known, but nobody can tell what is there afterwards.
        for tag in () if dry else tags:
            image.note_unknown(Operation.PUSH, tag, *assumed_by(*unknown))
        return 0
    if not tags and not dry:
        return image.fail("ERROR: can't push with no tags specified, please set --tag or --dry-run")
    if not texts and not read.has("--append"):
        return image.fail("ERROR: no sources specified")
    targets = [reference_of(tag) for tag in tags if not holds_unknown(tag)]
    found = await _sources(image, [*texts, *(tags[:1] if read.has("--append") else ())], targets)
    sources = [source for source, _ in found]
    assumes = tuple(dict.fromkeys(each for _, ids in found for each in ids))
    data, media_type = await _combined(image, sources, read)
    if dry:
        image.say(data.decode())
        return 0
    for tag in tags:
        if holds_unknown(tag):
            image.note_unknown(Operation.PUSH, tag)
    return await _push_all(image, data, media_type, [content for content, _ in sources], targets, assumes)


def _from_files(image: ImageCall, read: Words) -> Iterator[str]:
    for option in ("-f", "--file"):
        for name in read.values.get(option, ()):
            try:
                yield (image.call.directory / name).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise errors.ReferenceError(f"open {name}: {(error.strerror or '').lower()}") from error


async def _sources(
    image: ImageCall, texts: Sequence[str], targets: Sequence[Reference]
) -> list[tuple[Source, tuple[str, ...]]]:
    """Each source with its own descriptor, where one was given, and what it rests on."""
    found = []
    for text in texts:
        given: dict[str, Any] | None = None
        if text.startswith("{"):
            try:
                given = json.loads(text)
                digest = str(given["digest"]) if given else ""
            except (ValueError, KeyError, TypeError) as error:
                raise errors.ReferenceError(f"failed to parse descriptor: {error}") from error
            reference = _in_one_repository(digest, targets)
        elif text.startswith("sha256:"):
            reference = _in_one_repository(str(Digest.parse(text)), targets)
        else:
            reference = reference_of(text)
        content, assumes = await image.find(reference, needed=True)
        found.append(((content, given), assumes))
    return found


def _in_one_repository(digest: str, targets: Sequence[Reference]) -> Reference:
    names = sorted({target.name for target in targets})
    if not names:
        raise errors.ReferenceError("no repositories specified, please set a reference in tag or source")
    if len(names) > 1:
        raise errors.ReferenceError(
            f"multiple repositories currently not allowed, provided [{' '.join(names)}]",
        )
    return Reference.parse(f"{names[0]}@{digest}")


async def _combined(image: ImageCall, sources: Sequence[Source], read: Words) -> tuple[bytes, str]:
    """The new index, or the only source as it is (util/imagetools/create.go)."""
    annotations = _annotations(read)
    first = sources[0][0]
    prefers_index = read.last("--prefer-index") != "false"
    if len(sources) == 1 and not annotations and (first.is_index or not prefers_index):
        return first.data, first.media_type
    entries: dict[str, dict[str, Any]] = {}
    for content, given in sources:
        for entry in await _entries(image, content, given):
            entries[entry["digest"]] = {**entries.get(entry["digest"], {}), **entry}
    is_docker = all("docker" in entry["mediaType"] for entry in entries.values())
    media_type = DOCKER_MANIFEST_LIST if is_docker else OCI_INDEX
    index: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "manifests": [_ordered(entry) for entry in entries.values()],
    }
    if annotations:
        index["annotations"] = annotations
    return _go_json(index), media_type


async def _entries(image: ImageCall, content: ManifestContent, given: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if content.is_index:
        return content.children
    entry = {**content.descriptor, **(given or {})}
    if "platform" not in entry:
        config = await image.registry.config(content)
        platform = {key: config[key] for key in ("architecture", "os", "os.version", "variant") if config.get(key)}
        if platform:
            entry["platform"] = platform
    return [entry]


def _annotations(read: Words) -> dict[str, str]:
    """Annotations of the index; those of manifests and descriptors are not told apart."""
    found = {}
    for text in read.values.get("--annotation", ()):
        key, equals, value = text.partition("=")
        kind, colon, name = key.rpartition(":")
        if colon and kind not in ("index",):
            raise UnsupportedError(f"'docker buildx imagetools create --annotation {kind}:…' is not simulated")
        if not equals:
            raise errors.ReferenceError(f'invalid annotation "{text}", expected key=value')
        found[name] = value
    return dict(sorted(found.items()))


async def _push_all(
    image: ImageCall,
    data: bytes,
    media_type: str,
    sources: Sequence[ManifestContent],
    targets: Sequence[Reference],
    assumes: tuple[str, ...],
) -> int:
    """Push under each tag; the first refusal ends the others, which run beside it."""
    for number, target in enumerate(targets, 1):
        image.complain(f"#{number} [internal] pushing {target}")
        try:
            await _copy_sources(image, sources, target)
            digest = await image.registry.put(data, media_type, target)
        except RefusedError as error:
            image.complain(f"#{number} ERROR: {_containerd_words(error)}")
            image.note_refusal(Operation.PUSH, str(target), error)
            for other in targets[number:]:
                if other.name == target.name:
                    image.note_refusal(Operation.PUSH, str(other), error)
                else:
                    image.note(Operation.PUSH, str(other), Result.CANCELLED)
            return image.fail(f"ERROR: {_containerd_words(error)}")
        image.complain(f"#{number} pushing {digest} to {target}\n#{number} DONE 0.0s\n")
        image.note(Operation.PUSH, str(target), Result.PUSHED, assumes=assumes)
    return 0


def _containerd_words(error: RefusedError) -> str:
    """A refused write as containerd's pusher tells it: the request, and below it what the registry said."""
    words = str(error)
    return words if error.unexpected is None or error.unexpected in words else f"{error.unexpected}\n{words}"


async def _copy_sources(image: ImageCall, sources: Sequence[ManifestContent], target: Reference) -> None:
    """Bring the manifests that the new index lists into the target's repository."""
    for content in sources:
        listed = [str(child["digest"]) for child in content.children] or [content.digest]
        for digest in listed:
            if content.source.name == target.name and content.image is None:
                continue
            place = Reference.parse(f"{target.name}@{digest}")
            inner = content if not content.is_index else await image.registry.find(_at(content.source, digest))
            await image.registry.copy(inner, place)


def _at(source: Reference, digest: str) -> Reference:
    return Reference.parse(f"{source.name}@{digest}")


def _ordered_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with its members as Go writes them."""
    ordered = {key: config[key] for key in (*_CONFIG, *config) if key in config}
    inner = ordered.get("config")
    if isinstance(inner, dict):
        ordered["config"] = {key: inner[key] for key in (*_INNER_CONFIG, *inner) if key in inner}
    return ordered


def _ordered(entry: Mapping[str, Any]) -> dict[str, Any]:
    ordered = {key: entry[key] for key in _DESCRIPTOR if key in entry}
    if isinstance(ordered.get("platform"), dict):
        ordered["platform"] = {key: ordered["platform"][key] for key in _PLATFORM if key in ordered["platform"]}
    if isinstance(ordered.get("annotations"), dict):
        ordered["annotations"] = dict(sorted(ordered["annotations"].items()))
    return ordered


def _go_json(document: Mapping[str, Any]) -> bytes:
    """As Go's encoding/json indents by two, with its escapes."""
    return escape_html(json.dumps(document, indent=2, ensure_ascii=False)).encode()


def _platform_text(platform: Mapping[str, Any]) -> str:
    parts = (platform.get("os", ""), platform.get("architecture", ""), platform.get("variant", ""))
    return "/".join(part for part in parts if part)
