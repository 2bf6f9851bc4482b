"""The images of a job's own docker: filled by builds and pulls, emptied with the job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pytest_cicache import errors
from pytest_cicache.engines._loaded_image import LoadedImage
from pytest_cicache.oci import Reference

__all__ = ["StoredImage", "StoredImages"]

_SHORTEST = 4  # digits of an identifier that are taken for one


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """An image, and the ids of the assumptions that its being here rests on."""

    image: LoadedImage
    assumes: tuple[str, ...] = ()


@dataclass(slots=True)
class StoredImages:
    """Images by name; one without a name is kept by its identifier alone."""

    _names: dict[str, StoredImage] = field(default_factory=dict)
    _bare: dict[str, StoredImage] = field(default_factory=dict)
    _digests: dict[str, list[str]] = field(default_factory=dict)

    def keep(self, image: StoredImage, names: Iterable[str] = ()) -> None:
        """Keep an image under some names; other images lose them."""
        self._bare[image.image.id] = image
        for name in names:
            self._names[_canonical(name)] = image

    def note_digest(self, image: LoadedImage, reference: Reference, digest: str) -> None:
        """Remember under which digest a registry knows an image."""
        known = self._digests.setdefault(image.id, [])
        text = f"{reference.familiar}@{digest}"
        if text not in known:
            known.append(text)

    def find(self, text: str) -> StoredImage | None:
        """The image of a name, a digest or an identifier (or its beginning)."""
        try:
            found = self._names.get(_canonical(text))
        except errors.ReferenceError:
            found = None
        return found or self._by_identifier(text) or self._by_digest(text)

    def forget(self, text: str) -> list[str]:
        """Drop a name, or an image with all its names; gives what docker prints, nothing for an unknown one."""
        image = self.find(text)
        if image is None:
            return []
        name = _canonical_or_none(text)
        names = [name] if name in self._names else self.names(image.image)
        for each in names:
            self._names.pop(each, None)
        lines = [f"Untagged: {Reference.parse(each).familiar}" for each in names]
        if not self.names(image.image):
            self._bare.pop(image.image.id, None)
            lines.append(f"Deleted: {image.image.id}")
        return lines

    def clear(self) -> None:
        """Drop everything."""
        self._names.clear()
        self._bare.clear()

    def names(self, image: LoadedImage) -> list[str]:
        """The canonical names of an image."""
        return [name for name, stored in self._names.items() if stored.image.id == image.id]

    def digests(self, image: LoadedImage) -> list[str]:
        """`name@digest` wherever a registry has the image."""
        return list(self._digests.get(image.id, ()))

    def named(self, name: str) -> list[str]:
        """Every reference of an image name (`ghcr.io/o/p`), without its tag."""
        wanted = Reference.parse(name).name
        return [each for each in self._names if Reference.parse(each).name == wanted]

    def listed(self) -> Iterator[tuple[str, str, StoredImage]]:
        """Name, tag and image of every row of `docker images`; `<none>` where there is none."""
        for name, stored in self._names.items():
            reference = Reference.parse(name)
            yield Reference(host=reference.host, image_name=reference.image_name).familiar, reference.tag or "", stored
        for identifier, stored in self._bare.items():
            if not any(each.image.id == identifier for each in self._names.values()):
                yield "<none>", "<none>", stored

    def _by_identifier(self, text: str) -> StoredImage | None:
        digits = text.removeprefix("sha256:")
        if len(digits) < _SHORTEST:
            return None
        found = (stored for key, stored in self._bare.items() if key.removeprefix("sha256:").startswith(digits))
        return next(found, None)

    def _by_digest(self, text: str) -> StoredImage | None:
        name = _canonical_or_none(text)
        wanted = text if name is None else Reference.parse(name).familiar
        for identifier, known in self._digests.items():
            if wanted in known and identifier in self._bare:
                return self._bare[identifier]
        return None


def _canonical(text: str) -> str:
    return str(Reference.parse(text).normalised)


def _canonical_or_none(text: str) -> str | None:
    try:
        return _canonical(text)
    except errors.ReferenceError:
        return None
