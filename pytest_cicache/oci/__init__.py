"""The registry's vocabulary: references, digests, manifests, error codes, resource scopes, gateway names."""

from pytest_cicache.oci._codes import ErrorCode, error_body
from pytest_cicache.oci._descriptor import Descriptor
from pytest_cicache.oci._digest import Digest, Hasher
from pytest_cicache.oci._gateway_address import (
    GatewayAddress,
    decode_host,
    encode_host,
    split_gateway_name,
)
from pytest_cicache.oci._manifest import Manifest
from pytest_cicache.oci._media_types import (
    BUILDKIT_CACHE_CONFIG,
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_MANIFEST,
    DOCKER_MANIFEST_LIST,
    EMPTY_JSON,
    FOREIGN_LAYERS,
    INDEX_TYPES,
    MANIFEST_TYPES,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    OCI_MANIFEST,
)
from pytest_cicache.oci._reference import DOCKER_HUB, Reference, is_image_name, is_tag
from pytest_cicache.oci._registry_path import Endpoint, RegistryPath, read_registry_path
from pytest_cicache.oci._resource_scope import ResourceScope

__all__ = [
    "BUILDKIT_CACHE_CONFIG",
    "DOCKER_CONFIG",
    "DOCKER_HUB",
    "DOCKER_LAYER",
    "DOCKER_MANIFEST",
    "DOCKER_MANIFEST_LIST",
    "EMPTY_JSON",
    "FOREIGN_LAYERS",
    "INDEX_TYPES",
    "MANIFEST_TYPES",
    "OCI_CONFIG",
    "OCI_INDEX",
    "OCI_LAYER",
    "OCI_LAYER_GZIP",
    "OCI_LAYER_ZSTD",
    "OCI_MANIFEST",
    "Descriptor",
    "Digest",
    "Endpoint",
    "ErrorCode",
    "GatewayAddress",
    "Hasher",
    "Manifest",
    "Reference",
    "RegistryPath",
    "ResourceScope",
    "decode_host",
    "encode_host",
    "error_body",
    "is_image_name",
    "is_tag",
    "read_registry_path",
    "split_gateway_name",
]
