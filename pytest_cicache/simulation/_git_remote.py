"""The repository under test as the git of a job's steps meets it on github.com."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pytest_cicache.actions import CheckOut
from pytest_cicache.engines import DockerCall
from pytest_cicache.errors import UsageError
from pytest_cicache.events import Delivery
from pytest_cicache.expressions import holds_unknown
from pytest_cicache.permissions import AccessLevel, GitCredential, GitService, git_refusal
from pytest_cicache.simulation._history import History

__all__ = ["GitRemote"]

_DONE = "done"
_REFUSED, _ELSEWHERE = 128, 3


class GitRemote:
    """Decides what one job may fetch and push.

    `token` is the job's, `contents` its level, `secrets` the values that may stand for an account; `directory` is where
    the repository is laid out for git while it asks.
    """

    def __init__(
        self,
        history: History,
        delivery: Delivery,
        directory: Path,
        *,
        token: str,
        contents: AccessLevel,
        secrets: tuple[str, ...],
    ) -> None:
        self._history = history
        self._delivery = delivery
        self._directory = directory
        self._token = token
        self._contents = contents
        self._secrets = {secret.strip() for secret in secrets} - {token, ""}

    async def __call__(self, call: DockerCall) -> int:
        """Answer the helper that stands for git's own: `SERVICE URL HEADER PASSWORD`, or `done` after a push.

        Where the answer is yes, stdout is the folder to speak to.
        """
        service, url, header, password = (*call.arguments, "", "", "", "")[:4]
        if service == _DONE:
            self._history.take_over(self._directory)
            return 0
        if _repository(url).lower() != self._delivery.repository.full_name.lower():
            return _ELSEWHERE
        credential = self._credential(url, header, password)
        refusal = self._refusal(GitService(service), credential)
        if refusal:
            call.stderr("\n".join(refusal))
            return _REFUSED
        self._history.serve(self._directory, self._delivery)
        call.stdout(str(self._directory))
        return 0

    def check_out(self, wanted: CheckOut, directory: Path) -> None:
        """Lay a commit into a folder; raises UsageError in git's words where the token may not have it."""
        own = self._delivery.repository.full_name
        refusal: tuple[str, ...] = ()
        if (wanted.repository or own).lower() == own.lower():
            refusal = self._refusal(GitService.FETCH, self._kind(wanted.token))
        if refusal:
            raise UsageError("\n".join(refusal))
        self._history.check_out(wanted, directory, self._delivery)

    def _refusal(self, service: GitService, credential: GitCredential) -> tuple[str, ...]:
        repository = self._delivery.repository
        return git_refusal(
            service,
            repository.full_name,
            is_public=repository.visibility == "public",
            credential=credential,
            contents=self._contents,
        )

    def _credential(self, url: str, header: str, password: str) -> GitCredential:
        if not url.startswith(("http://", "https://")):
            return GitCredential.ACCOUNT if self._secrets else GitCredential.KEY
        given = unquote(urlsplit(url).password or urlsplit(url).username or "")
        return self._kind(given or _secret_of(header) or password)

    def _kind(self, secret: str) -> GitCredential:
        """What a password is; one that nobody knows is taken for right."""
        if not secret:
            return GitCredential.NONE
        if secret == self._token:
            return GitCredential.TOKEN
        known = secret.strip() in self._secrets or holds_unknown(secret)
        return GitCredential.ACCOUNT if known else GitCredential.WRONG


def _repository(url: str) -> str:
    """`owner/name` of an address of github.com, https or ssh, empty for any other."""
    rest = url
    if "://" in url:
        parts = urlsplit(url)
        rest = f"{parts.hostname}/{parts.path.lstrip('/')}"
    else:
        host, _, path = url.partition(":")
        rest = f"{host.rpartition('@')[2]}/{path.lstrip('/')}"
    host, _, path = rest.partition("/")
    return path.rstrip("/").removesuffix(".git") if host.lower() in ("github.com", "ssh.github.com") else ""


def _secret_of(header: str) -> str:
    """The password or token of an `Authorization` header."""
    kind, _, value = header.partition(":")[2].strip().partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return value.strip()
