"""What one `docker buildx build` was asked to do, as a value; knows neither files nor registries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_cicache.dockerfile import Ulimit
from pytest_cicache.golang import go_bool

__all__ = ["BuildRequest", "CacheOption", "Output", "Secret"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheOption:
    """One `--cache-from` or `--cache-to`.

    `type` is `registry`, `gha`, `inline`, `local`, …; `attributes` are the option's other fields, keys in
    lower case; `text` is the option as it was written.
    """

    type: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str

    @property
    def reference(self) -> str | None:
        """The image reference as written, `None` for a type that has none."""
        return self.attributes.get("ref")

    @property
    def cache_scope(self) -> str | None:
        """The name of a cache in the Actions cache (cache/remotecache/gha/gha.go), `None` for another type."""
        return self.attributes.get("scope", "buildkit") if self.type == "gha" else None

    @property
    def origin(self) -> str:
        """How a step names the cache it came from: the reference, or the type with what tells it from others."""
        if self.reference is not None:
            return self.reference
        part = self.attributes.get("scope") or self.attributes.get("src")
        return f"{self.type}:{part}" if part else self.type

    @property
    def mode(self) -> str:
        """`max` or `min`; BuildKit takes any other word as `min` (control/control.go)."""
        return "max" if self.attributes.get("mode") == "max" else "min"

    @property
    def ignore_error(self) -> bool:
        """Whether a failing export leaves the build a success."""
        return go_bool(self.attributes.get("ignore-error", "false"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One `--output`: `type` (`registry`, `docker`, `image`, `local`, `oci`, …) and its other fields."""

    type: str
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def pushes(self) -> bool:
        """Whether the image goes to a registry."""
        return self.type == "registry" or (self.type == "image" and go_bool(self.attributes.get("push", "false")))

    @property
    def names(self) -> tuple[str, ...]:
        """The references the image gets, as written."""
        return tuple(name for name in self.attributes.get("name", "").split(",") if name)

    @property
    def by_digest(self) -> bool:
        """Whether the push moves no tag."""
        return go_bool(self.attributes.get("push-by-digest", "false"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One `--secret`: its identifier, and the file or the environment variable that holds the value."""

    id: str
    file: str | None = None
    variable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """A build command line, read.

    `argv` holds the words after `docker`; `context` is a folder, `-`, or a URL; `dockerfile` is `None` for
    the context's own; `build_args` hold only arguments that have a value; `cache_from` and `cache_to` keep
    the order of the command line; `warnings` are lines buildx prints first. A target of a bake file has its name in
    `bake_target`, the text of an inline Dockerfile in `dockerfile_text`, and in `links` the builds, by target, that
    its contexts `target:NAME` stand for.
    """

    argv: tuple[str, ...]
    context: str
    dockerfile: str | None = None
    target: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    cache_from: tuple[CacheOption, ...] = ()
    cache_to: tuple[CacheOption, ...] = ()
    outputs: tuple[Output, ...] = ()
    push: bool = False
    load: bool = False
    platforms: tuple[str, ...] = ()
    no_cache: bool = False
    no_cache_filters: tuple[str, ...] = ()
    build_contexts: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[Secret, ...] = ()
    ssh: tuple[str, ...] = ()
    network: str = "default"
    add_hosts: tuple[tuple[str, str], ...] = ()
    ulimits: tuple[Ulimit, ...] = ()
    shm_size: int = 0
    cgroup_parent: str = ""
    allow: tuple[str, ...] = ()
    pull: bool = False
    metadata_file: str | None = None
    iidfile: str | None = None
    provenance: str | None = None
    sbom: str | None = None
    attestations: tuple[str, ...] = ()
    builder: str | None = None
    progress: str = "auto"
    quiet: bool = False
    call: str = "build"
    warnings: tuple[str, ...] = ()
    bake_target: str | None = None
    dockerfile_text: str | None = None
    links: Mapping[str, BuildRequest] = field(default_factory=dict)

    @property
    def pushes(self) -> bool:
        """Whether the command sends the image to a registry, by `--push` or by an output."""
        return self.push or any(output.pushes for output in self.outputs)

    @property
    def has_inline_cache(self) -> bool:
        """Whether the image carries its cache along: by `--cache-to type=inline`, or by the older build argument.

        Source: moby/buildkit, control/control.go (Solve, BUILDKIT_INLINE_CACHE).
        """
        argument = go_bool(self.build_args.get("BUILDKIT_INLINE_CACHE", "false"))
        return argument or any(option.type == "inline" for option in self.cache_to)

    @property
    def is_multi_platform(self) -> bool:
        """Whether the image is a list of images by platform, which a build argument asks for with one platform, too.

        Source: moby/buildkit, frontend/dockerui/config.go (BUILDKIT_MULTI_PLATFORM).
        """
        return len(self.platforms) > 1 or go_bool(self.build_args.get("BUILDKIT_MULTI_PLATFORM", "false"))

    @property
    def has_output(self) -> bool:
        """Whether anything leaves the builder besides the cache."""
        return self.push or self.load or bool(self.outputs)
