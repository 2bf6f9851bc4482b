"""`docker manifest`: manifest lists that are made locally and then pushed, with the texts of docker 28.

https://github.com/docker/cli/tree/v28.5.1/cli/command/manifest
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_cicache import errors
from pytest_cicache.buildx import Words, read_words
from pytest_cicache.engines.client import RefusedError
from pytest_cicache.engines.docker._image_call import ImageCall, denial_words, reference_of
from pytest_cicache.engines.images import ManifestContent
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.expressions import holds_unknown
from pytest_cicache.observation import Operation, Result
from pytest_cicache.oci import DOCKER_MANIFEST_LIST, OCI_INDEX, OCI_MANIFEST, Reference

__all__ = ["ManifestLists"]

_AMEND = "refusing to amend an existing manifest list with no --amend flag"
_ANNOTATE_VALUES = ("--arch", "--os", "--os-features", "--os-version", "--variant")
# The members of a descriptor: in an index, and in a manifest.
_ORDER = ("mediaType", "size", "digest", "platform")
_MEMBER_ORDER = ("mediaType", "digest", "size", "annotations")


@dataclass(frozen=True, slots=True, kw_only=True)
class _ListEntry:
    content: ManifestContent
    platform: dict[str, Any]
    assumes: tuple[str, ...]


@dataclass(slots=True)
class ManifestLists:
    """The manifest lists of a job that were made and not pushed away yet, by reference."""

    _lists: dict[str, dict[str, _ListEntry]] = field(default_factory=dict)

    async def run(self, image: ImageCall, words: Sequence[str]) -> int:
        """Carry out `docker manifest …`; raises UnsupportedError for a form that is not known."""
        verb, rest = (words[0], words[1:]) if words else ("", ())
        unknown = [word for word in rest if holds_unknown(word)]
        try:
            match verb:
                case "inspect":
                    return await self._inspect(image, read_words(rest))
                case "create" | "annotate" if unknown:
                    return 0
                case "create":
                    return await self._create(image, read_words(rest))
                case "annotate":
                    return self._annotate(image, read_words(rest, values=_ANNOTATE_VALUES))
                case "push":
                    return await self._push(image, read_words(rest))
                case "rm":
                    return self._remove(image, read_words(rest))
        except errors.ReferenceError as error:
            return image.fail(str(error))
        except RefusedError as error:
            return image.fail(_words(error))
        raise UnsupportedError(f"'docker manifest {verb}' is not simulated")

    async def _inspect(self, image: ImageCall, read: Words) -> int:
        text = read.positional[-1] if read.positional else ""
        if holds_unknown(text):
            image.note_unknown(Operation.PULL, text)
            raise UnsupportedError(f"what 'docker manifest inspect' shows of {text!r} is unknown")
        reference = reference_of(text)
        known = self._lists.get(str(reference))
        if known is not None and len(read.positional) == 1:
            image.say(json.dumps(_list(known), indent=3))
            return 0
        content, assumes = await image.find(reference, looks=True)
        if assumes:
            raise UnsupportedError(f"what 'docker manifest inspect {text}' shows is unknown")
        if read.has("-v", "--verbose"):
            image.say(json.dumps(await _verbose(image, content), indent="\t"))
            return 0
        image.say(json.dumps(_shown(content.document), indent=3 if content.is_index else "\t"))
        return 0

    async def _create(self, image: ImageCall, read: Words) -> int:
        if len(read.positional) < 2:
            return image.fail(
                "docker: 'docker manifest create' requires at least 2 arguments\n\n"
                "Usage:  docker manifest create MANIFEST_LIST MANIFEST [MANIFEST...]\n\n"
                "See 'docker manifest create --help' for more information"
            )
        name = str(reference_of(read.positional[0]))
        if name in self._lists and not read.has("-a", "--amend"):
            return image.fail(_AMEND)
        entries = dict(self._lists.get(name, {}))
        for text in read.positional[1:]:
            reference = reference_of(text)
            content, assumes = await image.find(reference, needed=True)
            if content.is_index:
                return image.fail(f"{reference} is a manifest list")
            config = await image.registry.config(content)
            platform = {key: config[key] for key in ("architecture", "os", "variant") if config.get(key)}
            entries[str(reference)] = _ListEntry(content=content, platform=platform, assumes=assumes)
        self._lists[name] = entries
        image.say(f"Created manifest list {name}")
        return 0

    def _annotate(self, image: ImageCall, read: Words) -> int:
        if len(read.positional) != 2:
            raise UnsupportedError("'docker manifest annotate' needs a list and an image")
        name, member = (str(reference_of(text)) for text in read.positional)
        entry = self._lists.get(name, {}).get(member)
        if entry is None:
            if image.is_unsure:
                return 0
            return image.fail(f"manifest for image {member} does not exist in {name}")
        named = {"architecture": "--arch", "os": "--os", "os.version": "--os-version", "variant": "--variant"}
        given = {key: value for key, option in named.items() if (value := read.last(option))}
        self._lists[name][member] = replace(entry, platform={**entry.platform, **given})
        return 0

    async def _push(self, image: ImageCall, read: Words) -> int:
        text = read.positional[0] if read.positional else ""
        target = None if holds_unknown(text) else reference_of(text)
        if target is None or (str(target) not in self._lists and image.is_unsure):
            image.note_unknown(Operation.PUSH, text, *([] if target is None else [_uncertain(image, text)]))
            return 0
        entries = self._lists.get(str(target))
        if entries is None:
            return image.fail(f"No such manifest: {target}")
        data = json.dumps(_list(entries), indent=3).encode()
        try:
            for entry in entries.values():
                place = Reference.parse(f"{target.name}@{entry.content.digest}")
                await image.registry.copy(entry.content, place)
                image.say(f"Pushed ref {place} with digest: {entry.content.digest}")
            digest = await image.registry.put(data, _list_type(entries), target)
        except RefusedError as error:
            image.note_refusal(Operation.PUSH, str(target), error)
            return image.fail(denial_words(error, target.host))
        assumes = tuple(dict.fromkeys(each for entry in entries.values() for each in entry.assumes))
        image.note(Operation.PUSH, str(target), Result.PUSHED, assumes=assumes)
        image.say(digest)
        if read.has("-p", "--purge"):
            del self._lists[str(target)]
        return 0

    def _remove(self, image: ImageCall, read: Words) -> int:
        status = 0
        for text in read.positional:
            known = holds_unknown(text) or self._lists.pop(str(reference_of(text)), None) is not None
            if not known and not image.is_unsure:
                status = image.fail(f"No such manifest: {reference_of(text)}")
        return status


def _uncertain(image: ImageCall, text: str) -> str:
    return image.assume(f"the manifest list {text} may come from something assumed before").id


def _words(error: RefusedError) -> str:
    return "manifest unknown" if error.status == 404 else denial_words(error, "")


def _list_type(entries: dict[str, _ListEntry]) -> str:
    """The first manifest decides: docker/cli, vendor of docker/distribution, manifest/manifestlist."""
    first = next(iter(entries.values()), None)
    return OCI_INDEX if first is not None and first.content.media_type == OCI_MANIFEST else DOCKER_MANIFEST_LIST


def _list(entries: dict[str, _ListEntry]) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": _list_type(entries),
        "manifests": [
            _in_order({**entry.content.descriptor, "platform": entry.platform}) for entry in entries.values()
        ],
    }


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    """A manifest or an index as docker prints it: the members it knows, in its order."""
    shown: dict[str, Any] = {key: document[key] for key in ("schemaVersion", "mediaType") if key in document}
    if "config" in document:
        shown["config"] = {key: document["config"][key] for key in _MEMBER_ORDER if key in document["config"]}
    if "layers" in document:
        shown["layers"] = [{key: each[key] for key in _MEMBER_ORDER if key in each} for each in document["layers"]]
    if "manifests" in document:
        shown["manifests"] = [_in_order(entry) for entry in document["manifests"]]
    return shown


def _in_order(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: entry[key] for key in _ORDER if key in entry}


async def _verbose(image: ImageCall, content: ManifestContent) -> Any:
    if content.is_index:
        inner = []
        for child in content.children:
            reference = Reference.parse(f"{content.source.name}@{child['digest']}")
            found = await image.registry.find(reference)
            inner.append(_one(found, f"{content.source}@{child['digest']}", child.get("platform")))
        return inner
    config = await image.registry.config(content)
    platform = {key: config[key] for key in ("architecture", "os", "variant") if config.get(key)}
    return _one(content, str(content.source), platform)


def _one(content: ManifestContent, shown: str, platform: Any) -> dict[str, Any]:
    member = "SchemaV2Manifest" if "docker" in content.media_type else "OCIManifest"
    return {
        "Ref": shown,
        "Descriptor": {**content.descriptor, **({"platform": platform} if platform else {})},
        "Raw": base64.b64encode(content.data).decode(),
        member: _shown(content.document),
    }
