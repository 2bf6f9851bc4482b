"""The rules of a registry, over any content: what may be pushed, found, listed and deleted.

Synchronous; answers with values and refuses with `RegistryRefusal`. Sources: the distribution specification 1.1
(https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md), and distribution 2.8 where it
leaves a choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_cicache import errors
from pytest_cicache.engines.registry._index import Image, IndexChange, ManifestEntry, ManifestIndex, Verb
from pytest_cicache.engines.registry._refusal import RegistryRefusal
from pytest_cicache.oci import FOREIGN_LAYERS, Digest, ErrorCode, Manifest, is_image_name, is_tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_cicache.engines.registry._content import BlobStorage, UploadSession

__all__ = ["Store"]


class Store:
    """One registry's content and the operations on it."""

    def __init__(self, content: BlobStorage) -> None:
        self.content = content
        self._index = ManifestIndex()
        self._uploads: dict[str, tuple[str, UploadSession]] = {}
        self._recall()

    def _recall(self) -> None:
        for change in self.content.recorded():
            self._index.apply(change)
        # A power cut can take a file whose rename was not yet on the disk.
        lost = {Verb.LINK: Verb.UNLINK, Verb.PUT: Verb.DELETE}
        for change in list(self._index.changes()):
            if change.verb in lost and not self.content.has(change.key, _size(change)):
                self._index.apply(IndexChange(lost[change.verb], change.name, change.key))
        self.content.settle(self._index.changes())

    def blob_size(self, name: str, digest: str) -> int:
        """Give the size of a blob in bytes; refuses when that name does not hold it."""
        checked = str(_digest(digest))
        image = self._index.image(_name(name))
        size = None if image is None else image.blobs.get(checked)
        if size is None:
            raise RegistryRefusal(ErrorCode.BLOB_UNKNOWN, detail={"digest": digest})
        return size

    def delete_blob(self, name: str, digest: str) -> None:
        """Take a blob from a name; its bytes go when no other name holds it."""
        self.blob_size(name, digest)
        self._change(IndexChange(Verb.UNLINK, name, digest))

    def mount(self, name: str, digest: str, source: str) -> bool:
        """Give `name` a blob that `source` holds; `False` when it does not."""
        checked = str(_digest(digest))
        image = self._index.image(source)
        if image is None or checked not in image.blobs:
            return False
        self._change(IndexChange(Verb.LINK, _name(name), checked, image.blobs[checked]))
        return True

    def begin_upload(self, name: str, algorithm: str = "sha256") -> UploadSession:
        """Start an upload to a name."""
        upload = self.content.begin(algorithm)
        self._uploads[upload.id] = (_name(name), upload)
        return upload

    def upload(self, name: str, upload_id: str) -> UploadSession:
        """Find an upload of that name."""
        owner, upload = self._uploads.get(upload_id, ("", None))
        if upload is None or owner != name:
            raise RegistryRefusal(ErrorCode.BLOB_UPLOAD_UNKNOWN)
        return upload

    def append(self, upload: UploadSession, data: bytes) -> None:
        """Add bytes to an upload; one that the storage failed to take is dropped."""
        self._check_open(upload)
        try:
            upload.append(data)
        except OSError:
            self.drop(upload)
            raise

    def drop(self, upload: UploadSession) -> None:
        """Drop an upload; one that is finished or dropped already is left alone."""
        if self._uploads.pop(upload.id, None) is not None:
            upload.discard()

    def finish_upload(self, name: str, upload: UploadSession, digest: str) -> str:
        """Make an upload a blob of its name; refuses, and drops the upload, when the digest differs."""
        expected = _digest(digest)
        self._check_open(upload)
        del self._uploads[upload.id]
        actual = upload.digest(expected.algorithm)
        if actual != expected:
            upload.discard()
            raise RegistryRefusal(
                ErrorCode.DIGEST_INVALID,
                detail=f"the upload's digest is {actual}, not {expected}",
            )
        size, checked = upload.size, str(expected)
        try:
            self.content.commit(upload, checked)
        except OSError:
            upload.discard()
            raise
        self._change(IndexChange(Verb.LINK, name, checked, size))
        return checked

    def cancel_upload(self, name: str, upload_id: str) -> None:
        """Drop an upload."""
        self.drop(self.upload(name, upload_id))

    def put_manifest(
        self, name: str, reference: str, content: bytes, *, media_type: str | None, tags: Sequence[str] = ()
    ) -> ManifestEntry:
        """Store a manifest under its digest, and under `reference` and `tags` where they are tags.

        Refuses what is malformed, what does not match the digest, and what names absent content.
        """
        _name(name)
        digest = _digest(reference) if ":" in reference else Digest.of(content)
        if not digest.matches(content):
            detail = f"the manifest's digest is {Digest.of(content, digest.algorithm)}, not {digest}"
            raise RegistryRefusal(ErrorCode.DIGEST_INVALID, detail=detail)
        wanted = [*tags] if ":" in reference else [reference, *tags]
        for tag in wanted:
            if not is_tag(tag):
                raise RegistryRefusal(ErrorCode.TAG_INVALID, f"invalid tag {tag!r}")
        manifest = _manifest(content, media_type)
        self._check_links(name, manifest)
        entry = _entry(str(digest), manifest, len(content))
        self.content.put(entry.digest, content)
        changes = [IndexChange(Verb.PUT, name, entry.digest, entry.to_data())]
        changes += [IndexChange(Verb.TAG, name, tag, entry.digest) for tag in wanted]
        self._change(*changes, durable=True)
        return entry

    def manifest(self, name: str, reference: str) -> ManifestEntry:
        """Find a manifest by tag or digest."""
        image = self._image(name)
        digest = str(_digest(reference)) if ":" in reference else image.tags.get(reference, "")
        entry = image.manifests.get(digest)
        if entry is None:
            raise RegistryRefusal(ErrorCode.MANIFEST_UNKNOWN, detail={"name": name, "reference": reference})
        return entry

    def manifest_content(self, entry: ManifestEntry) -> bytes:
        """Give a manifest's bytes."""
        return self.content.read(entry.digest, 0, entry.size)

    def delete_manifest(self, name: str, reference: str) -> None:
        """Delete a tag; or, by digest, a manifest with every tag that points to it."""
        entry = self.manifest(name, reference)
        if ":" in reference:
            self._change(IndexChange(Verb.DELETE, name, entry.digest), durable=True)
        else:
            self._change(IndexChange(Verb.UNTAG, name, reference), durable=True)

    def tags(self, name: str) -> list[str]:
        """Give a name's tags in lexical order."""
        return sorted(self._image(name).tags)

    def names(self) -> list[str]:
        """Give the image names in lexical order."""
        return sorted(self._index.images)

    def referrers(self, name: str, digest: str, artifact_type: str | None = None) -> list[dict[str, Any]]:
        """Give the descriptors of the manifests whose subject is this digest, which need not exist."""
        subject = str(_digest(digest))
        image = self._index.image(_name(name)) or Image()
        return [
            _referrer(entry)
            for entry in image.manifests.values()
            if entry.subject == subject and artifact_type in (None, entry.artifact_type)
        ]

    def forget(self, prefix: str) -> None:
        """Drop every name that is or begins with `prefix/`, with its uploads and unshared content."""
        for name, upload in list(self._uploads.values()):
            if name == prefix or name.startswith(f"{prefix}/"):
                self.drop(upload)
        self._change(IndexChange(Verb.FORGET, prefix))

    def close(self) -> None:
        """Drop unfinished uploads and let go of the content."""
        for _, upload in self._uploads.values():
            upload.discard()
        self._uploads.clear()
        self.content.close()

    def _check_open(self, upload: UploadSession) -> None:
        # Another request may have cancelled it while this one waited for bytes.
        if upload.id not in self._uploads:
            raise RegistryRefusal(ErrorCode.BLOB_UPLOAD_UNKNOWN)

    def _image(self, name: str) -> Image:
        image = self._index.image(_name(name))
        if image is None:
            raise RegistryRefusal(ErrorCode.NAME_UNKNOWN, detail={"name": name})
        return image

    def _check_links(self, name: str, manifest: Manifest) -> None:
        image = self._index.image(name) or Image()
        needed = [layer for layer in manifest.layers if layer.media_type not in FOREIGN_LAYERS]
        if manifest.config is not None:
            needed.append(manifest.config)
        missing = [str(part.digest) for part in needed if str(part.digest) not in image.blobs]
        # BuildKit's caches may be an index of layers, so a child can be a blob.
        present = image.blobs.keys() | image.manifests.keys()
        missing += [str(child.digest) for child in manifest.children if str(child.digest) not in present]
        if missing:
            raise RegistryRefusal(ErrorCode.MANIFEST_BLOB_UNKNOWN, detail={"digest": missing[0], "missing": missing})

    def _change(self, *changes: IndexChange, durable: bool = False) -> None:
        self.content.record(*changes, durable=durable)
        for change in changes:
            for digest in self._index.apply(change):
                self.content.remove(digest)


def _size(change: IndexChange) -> int:
    size: int = change.details if change.verb is Verb.LINK else change.details["size"]
    return size


def _name(name: str) -> str:
    if not is_image_name(name):
        raise RegistryRefusal(ErrorCode.NAME_INVALID, detail={"name": name[:300]})
    return name


def _digest(text: str) -> Digest:
    try:
        return Digest.parse(text)
    except errors.ReferenceError as error:
        raise RegistryRefusal(ErrorCode.DIGEST_INVALID, str(error)) from error


def _manifest(content: bytes, media_type: str | None) -> Manifest:
    try:
        return Manifest.parse(content, media_type)
    except errors.ReferenceError as error:
        raise RegistryRefusal(ErrorCode.MANIFEST_INVALID, detail=str(error)) from error


def _entry(digest: str, manifest: Manifest, size: int) -> ManifestEntry:
    return ManifestEntry(
        digest=digest,
        media_type=manifest.media_type,
        size=size,
        subject=None if manifest.subject is None else str(manifest.subject.digest),
        artifact_type=manifest.artifact_type,
        annotations=manifest.annotations,
    )


def _referrer(entry: ManifestEntry) -> dict[str, Any]:
    data: dict[str, Any] = {"mediaType": entry.media_type, "digest": entry.digest, "size": entry.size}
    if entry.artifact_type:
        data["artifactType"] = entry.artifact_type
    if entry.annotations:
        data["annotations"] = dict(entry.annotations)
    return data
