"""Images outside of builders: in registries, in archives, and what stands in for one that nobody has."""

from pytest_cicache.engines._image_archive import is_archive, oci_manifest, read_archive, write_archive
from pytest_cicache.engines.images._placeholder import placeholder
from pytest_cicache.engines.images._registry import ManifestContent, Registry

__all__ = [
    "ManifestContent",
    "Registry",
    "is_archive",
    "oci_manifest",
    "placeholder",
    "read_archive",
    "write_archive",
]
