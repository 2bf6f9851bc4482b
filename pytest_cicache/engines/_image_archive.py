"""Image archives: what `docker save`, `--output type=docker` and `type=oci` write, and `docker load` reads.

https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md, and docker's manifest.json beside it:
https://github.com/moby/docker-image-spec/blob/v1.3.1/README.md
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_cicache.engines._loaded_image import LayerBlob, LoadedImage
from pytest_cicache.oci import INDEX_TYPES, OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_LAYER_GZIP, OCI_MANIFEST, Reference

__all__ = ["is_archive", "oci_manifest", "read_archive", "rename_archive", "write_archive"]

_NAME = "io.containerd.image.name"
_GZIP = b"\x1f\x8b"

Named = tuple[Sequence[str], LoadedImage]


def is_archive(data: bytes) -> bool:
    """Whether the bytes are a tar file, compressed or not."""
    return tarfile.is_tarfile(io.BytesIO(data))


def read_archive(source: Path | bytes) -> list[Named]:
    """The images of an archive with their names; raises ValueError for what is none."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as archive:
            files = {member.name.removeprefix("./"): _content(archive, member) for member in archive if member.isfile()}
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ValueError(f"not an image archive: {error}") from error
    if "manifest.json" in files:
        return [_docker_image(files, entry) for entry in json.loads(files["manifest.json"])]
    if "index.json" in files:
        return list(_layout_images(files, json.loads(files["index.json"])))
    raise ValueError("not an image archive: neither manifest.json nor index.json is in it")


def write_archive(images: Iterable[tuple[Sequence[str], LoadedImage, Sequence[bytes]]]) -> bytes:
    """An archive of images, each with its names and the bytes of its layers: an OCI layout with docker's list."""
    files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
    listed, entries = [], []
    for names, image, layers in images:
        manifest = oci_manifest(image)
        blobs = [image.config, manifest, *layers]
        files.update({_blob_name(_digest(blob)): blob for blob in blobs})
        entry = {"mediaType": OCI_MANIFEST, "digest": _digest(manifest), "size": len(manifest)}
        known = [Reference.parse(name).normalised for name in names]
        entries += [{**entry, "annotations": {_NAME: str(name)}} for name in known] or [entry]
        listed.append(
            {
                "Config": _blob_name(image.id),
                "RepoTags": [name.familiar for name in known] or None,
                "Layers": [_blob_name(layer.digest) for layer in image.layers],
            }
        )
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    files["index.json"] = json.dumps(index).encode()
    files["manifest.json"] = json.dumps(listed).encode()
    return _packed(files)


def rename_archive(file: Path, renamed: Callable[[str], str]) -> None:
    """Change the names in an archive that a builder wrote; layers pass through as they are."""
    changed = file.with_name(f"{file.name}.renamed")
    with tarfile.open(file) as old, tarfile.open(changed, "w") as new:
        for member in old:
            content = old.extractfile(member) if member.isfile() else None
            if content is not None and member.name in ("index.json", "manifest.json", "repositories"):
                text = renamed(content.read().decode())
                text = text if member.name == "index.json" else text.replace('"docker.io/library/', '"')
                data = text.encode()
                member.size = len(data)
                content = io.BytesIO(data)
            new.addfile(member, content)
    changed.replace(file)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return b"" if file is None else file.read()


def _docker_image(files: Mapping[str, bytes], entry: Mapping[str, Any]) -> Named:
    config = files[entry["Config"]]
    layers = tuple(_layer(files[name]) for name in entry.get("Layers") or ())
    return entry.get("RepoTags") or [], LoadedImage(config=config, layers=layers)


def _layout_images(files: Mapping[str, bytes], index: Mapping[str, Any]) -> Iterator[Named]:
    for entry in index.get("manifests") or ():
        if (entry.get("platform") or {}).get("os") == "unknown":
            continue  # an attestation
        document = json.loads(files[_blob_name(entry["digest"])])
        if entry.get("mediaType") in INDEX_TYPES:
            names = _names(entry)
            yield from ((names or inner, image) for inner, image in list(_layout_images(files, document))[:1])
            continue
        config = files[_blob_name(document["config"]["digest"])]
        layers = tuple(_layer(files[_blob_name(layer["digest"])]) for layer in document["layers"])
        yield _names(entry), LoadedImage(config=config, layers=layers)


def _names(entry: Mapping[str, Any]) -> list[str]:
    name = (entry.get("annotations") or {}).get(_NAME)
    return [name] if name else []


def _layer(data: bytes) -> LayerBlob:
    """A layer of an archive, compressed as registries hold it."""
    packed = data if data.startswith(_GZIP) else gzip.compress(data, compresslevel=1, mtime=0)

    async def read() -> bytes:
        return packed

    return LayerBlob(digest=_digest(packed), size=len(packed), media_type=OCI_LAYER_GZIP, read=read)


def oci_manifest(image: LoadedImage) -> bytes:
    """The manifest of an image, in the types of the OCI."""
    layers = [
        {"mediaType": layer.media_type or OCI_LAYER, "digest": layer.digest, "size": layer.size}
        for layer in image.layers
    ]
    config = {"mediaType": OCI_CONFIG, "digest": image.id, "size": len(image.config)}
    document = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": layers}
    return json.dumps(document, separators=(",", ":")).encode()


def _packed(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _blob_name(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
