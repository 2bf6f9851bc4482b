"""Build contexts that BuildKit clones: the simulation's own repository, named by its address.

Source: moby/buildkit, frontend/dockerfile/dfgitutil (ParseGitRef) and frontend/dockerui/config.go (DetectGitContext).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, unquote

from pytest_cicache.actions import EVERY_DOCKERFILE, CheckOut
from pytest_cicache.buildkit import BuildRequest, Secret
from pytest_cicache.errors import DockerfileError, UnsupportedError, UsageError
from pytest_cicache.golang import go_bool

__all__ = ["GitContext", "hide_from_builder", "own_git_context"]

_ADDRESS = re.compile(
    r"(?:https?://(?:(?P<user>[^@/]*)@)?)?(?:www\.)?github\.com/(?P<name>[^/?#]+/[^/?#]+?)"
    r"(?P<git>\.git)?/?(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.IGNORECASE,
)
_DOCKERFILE = re.compile(r"(?i)(docker|container)file(?!.*\.dockerignore$)")
_TOKENS = ("GIT_AUTH_TOKEN.github.com", "GIT_AUTH_TOKEN")
_HEAD = "HEAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitContext:
    """A repository on github.com as a build context: the `ref`, `HEAD` for none, and the folder in it."""

    repository: str
    ref: str
    subfolder: str
    password: str

    def lay_out(
        self,
        request: BuildRequest,
        check_out: Callable[[CheckOut, Path], None],
        folder: Path,
        *,
        directory: Path,
        environment: Mapping[str, str],
    ) -> BuildRequest:
        """Clone it into an empty folder, with what the build has to present, and build from there.

        Raises DockerfileError in BuildKit's words where it may not be read, UnsupportedError for a ref that the
        simulation does not know.
        """
        if go_bool(request.build_args.get("BUILDKIT_CONTEXT_KEEP_GIT_DIR", "false")):
            raise UnsupportedError("what is in the `.git` of the context of BUILDKIT_CONTEXT_KEEP_GIT_DIR is unknown")
        token = self.password or _token(request.secrets, directory, environment)
        dockerfile = "/".join(part for part in (self.subfolder, request.dockerfile or "Dockerfile") if part)
        wanted = CheckOut(ref=self.ref, path=str(folder), repository=self.repository, token=token)
        try:
            check_out(wanted, folder)
        except UsageError as error:
            if "fatal: " not in str(error):
                raise UnsupportedError(f"the build context {request.context!r}: {error}") from None
            raise DockerfileError(self._refused(str(error))) from None
        hide_from_builder(folder, dockerfile)
        context = folder / self.subfolder
        file = None if request.dockerfile in (None, "-") else str(context / str(request.dockerfile))
        return replace(request, context=str(context), dockerfile=request.dockerfile if file is None else file)

    def _refused(self, said: str) -> str:
        url = f"https://github.com/{self.repository}.git"
        what = f"fetch remote {url}"
        doing = f"error fetching default branch for repository {url}" if self.ref == _HEAD else f"failed to {what}"
        words = f"{doing}: git stderr:\n{said}\n: exit status 128"
        return f"failed to build: failed to solve: failed to read dockerfile: failed to load cache key: {words}"


def own_git_context(text: str, repository: str) -> GitContext | None:
    """A build context that is the repository (`owner/name`) on github.com, `None` for any other."""
    found = _ADDRESS.fullmatch(text)
    if found is None or found["name"].lower() != repository.lower():
        return None
    if "://" in text and found["git"] is None:
        return None  # a page or a file, as no `.git` says otherwise
    query = {name: values[-1] for name, values in parse_qs(found["query"] or "").items()}
    ref, _, subfolder = (found["fragment"] or "").partition(":")
    ref = next((query[name] for name in ("ref", "branch", "tag", "commit") if name in query), ref)
    password = unquote((found["user"] or "").rpartition(":")[2])
    folder = query.get("subdir", subfolder).strip("/")
    return GitContext(repository=found["name"], ref=ref or _HEAD, subfolder=folder, password=password)


def hide_from_builder(directory: Path, dockerfile: str) -> None:
    """Make a check-out look to the builder as BuildKit's own clone does.

    There is no `.git`, and `.dockerignore` is a file as any other: an ignore file of the Dockerfile's own wins
    over it, and this one leaves out only itself (moby/buildkit, frontend/dockerui/config.go).
    """
    shutil.rmtree(directory / ".git", ignore_errors=True)
    names = [dockerfile]
    if dockerfile == EVERY_DOCKERFILE:
        files = (file for file in directory.rglob("*") if file.is_file())
        names = [str(file.relative_to(directory)) for file in files if _DOCKERFILE.search(file.name)]
    for name in names:
        ignore = directory / f"{name}.dockerignore"
        if ignore.parent.is_dir():
            ignore.write_text(f"{name}.dockerignore\n", encoding="utf-8")


def _token(secrets: tuple[Secret, ...], directory: Path, environment: Mapping[str, str]) -> str:
    """The secret that BuildKit presents to github.com."""
    for name in _TOKENS:
        for secret in secrets:
            if secret.id == name and secret.file is not None and (directory / secret.file).is_file():
                return (directory / secret.file).read_text(encoding="utf-8", errors="replace").strip()
            if secret.id == name and secret.file is None:
                return environment.get(secret.variable or name, "").strip()
    return ""
