"""What a survey keeps of a workflow once its runs are judged; JSON, so that the workers of xdist share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pytest_cicache.checks import CHECKS, NOT_SIMULATED, Behaviour, Conduct, Finding, conduct_of, findings_of, refused
from pytest_cicache.errors import CicacheError, WorkflowError

__all__ = ["WorkflowRecord"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowRecord:
    """One workflow: what each check found before ignores, the caches it writes, its conduct by case.

    `seed` is the kind of the event that fills its caches, `None` where no event starts it; `error` is why GitHub would
    refuse the file, in which case there is nothing but the finding of that.
    """

    path: str
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    writes: tuple[str, ...] = ()
    conduct: Conduct = field(default_factory=dict)
    seed: str | None = None
    error: str | None = None

    @classmethod
    def of(cls, behaviour: Behaviour) -> Self:
        """Judge a behaviour by every check."""
        return cls(
            path=behaviour.path,
            findings={name: findings_of(behaviour, name) for name in CHECKS},
            writes=tuple(sorted(behaviour.writes)),
            conduct=conduct_of(behaviour),
            seed=behaviour.seed,
        )

    @classmethod
    def refused(cls, path: str, error: CicacheError) -> Self:
        """A workflow whose file cannot be read."""
        told = error.problems[0].located if isinstance(error, WorkflowError) else str(error)
        return cls(path=path, findings={NOT_SIMULATED: (refused(path, error),)}, error=told)

    def to_data(self) -> dict[str, Any]:
        """The record as a JSON object."""
        return {
            "path": self.path,
            "findings": {name: [each.to_data() for each in found] for name, found in self.findings.items()},
            "writes": list(self.writes),
            "conduct": {case: dict(told) for case, told in self.conduct.items()},
            "seed": self.seed,
            "error": self.error,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The record that `to_data` has written."""
        findings = {name: tuple(map(Finding.from_data, found)) for name, found in data["findings"].items()}
        return cls(**{**data, "findings": findings, "writes": tuple(data["writes"])})
