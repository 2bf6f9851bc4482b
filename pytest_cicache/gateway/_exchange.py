"""One request under way: what is known of it so far, and the record it leaves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cicache.gateway._credential import ANONYMOUS, Identity
from pytest_cicache.gateway._hosts import GHCR
from pytest_cicache.gateway._purpose import infer
from pytest_cicache.gateway._recorder import Refusal
from pytest_cicache.gateway._rights import Denial
from pytest_cicache.githubapi import read_manifest
from pytest_cicache.observation import Purpose, RegistryRecord
from pytest_cicache.oci import Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_cicache.gateway._faults import Fault, Faults
    from pytest_cicache.gateway._operation import RegistryOperation
    from pytest_cicache.gateway._recorder import Attribution, Recorder
    from pytest_cicache.gateway._replies import Reply
    from pytest_cicache.gateway._state import RegistryState

__all__ = ["Exchange"]


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request, the registries it is about, and what is counted while it runs.

    `build` is whose port it came in at, `None` at the gateway's own; `faults` are those that may spoil it. `status`
    stays 0 when the client got none: its connection was cut or it left.
    """

    operation: RegistryOperation
    state: RegistryState
    recorder: Recorder
    faults: Faults
    build: Attribution | None = None
    identity: Identity | None = None
    pushes: bool = False
    is_cache: bool = False
    status: int = 0
    sent: int = 0
    received: int = 0
    message: str | None = None
    fault: Fault | None = None
    denial: Denial | None = None
    is_recorded: bool = False

    @property
    def place(self) -> Attribution:
        """Whose the request is: the build's at the port, else the step's that its credential's job is at."""
        return self.build or self.recorder.step_of("" if self.identity is None else self.identity.job)

    def answered(self, reply: Reply) -> None:
        """Note an answer of the gateway's own."""
        self.status = reply.status
        self.message = reply.message
        self.denial = reply.denial
        if self.operation.method != "HEAD":
            self.received = len(reply.body)

    def is_missing_manifest(self, status: int) -> bool:
        """Tell whether an answer's status means that ghcr.io does not have a manifest."""
        operation = self.operation
        is_read = operation.endpoint is Endpoint.MANIFEST and operation.reads
        return status == 404 and is_read and operation.host == GHCR

    def keep_manifest(self, body: bytes, media_type: str | None, headers: Mapping[str, str]) -> None:
        """Take a manifest that ghcr.io has stored into the package's versions."""
        operation = self.operation
        digest = headers.get("Docker-Content-Digest") or operation.digest
        if operation.host == GHCR and operation.reference and digest:
            manifest = read_manifest(body, media_type)
            self.state.versions.push(operation.image_name, operation.reference, digest, manifest)

    def count_download(self, status: int) -> None:
        """Count a manifest that ghcr.io gives."""
        operation = self.operation
        if status == 200 and operation.method == "GET" and operation.host == GHCR:
            self.state.versions.count_download(operation.image_name, operation.reference or "")

    def known_tags(self, body: bytes) -> bytes:
        """A list of tags as the package has them, where the registry behind has others."""
        name, versions = self.operation.image_name, self.state.versions
        if self.operation.host != GHCR or not versions.differs(name):
            return body
        return json.dumps({**json.loads(body), "tags": sorted(versions.tags(name))}).encode()

    @property
    def path(self) -> str:
        """Where the registry behind has what is asked for: a tag of the ledger's own is read by its digest."""
        operation = self.operation
        own = None
        if operation.reads and operation.host == GHCR and operation.tag is not None:
            own = self.state.versions.own_digest(operation.image_name, operation.tag)
        return operation.path if own is None else f"{operation.path.rpartition('/')[0]}/{own}"

    def _purpose(self) -> Purpose:
        if self.status == 401 and self.denial is None and self.fault is None:
            # Only told to fetch a token first; nothing was asked of the image yet.
            return Purpose.TOKEN
        return infer(self.operation, self.recorder.purposes(self.place), pushes=self.pushes, is_cache=self.is_cache)

    def _is_absent(self) -> bool:
        """Tell whether a read was refused because ghcr.io has no such package."""
        operation = self.operation
        unreadable = self.denial in (Denial.NOT_READABLE, Denial.UNAUTHENTICATED) and operation.host == GHCR
        return unreadable and self.state.package(operation.image_name) is None

    def record(self) -> None:
        """Append the record of this request, once.

        That is before the client has the end of its answer, so that whoever waits for it finds the record.
        """
        if self.is_recorded:
            return
        self.is_recorded = True
        operation, place = self.operation, self.place
        record = RegistryRecord(
            run=place.run,
            job=place.job,
            step=place.step,
            build=place.build,
            purpose=self._purpose(),
            method=operation.method,
            host=operation.host,
            image_name=operation.image_name,
            reference=operation.reference,
            digest=operation.digest,
            status=self.status,
            message=self.message,
            sent=self.sent,
            received=self.received,
            fault=None if self.fault is None else str(self.fault),
            absent=self._is_absent(),
        )
        self.recorder.append(record)
        if self.denial is not None:
            identity = self.identity or ANONYMOUS
            reason = self.state.explain(self.denial, identity, record.host, record.image_name)
            self.recorder.append_refusal(Refusal(record=record, denial=self.denial, reason=reason))
