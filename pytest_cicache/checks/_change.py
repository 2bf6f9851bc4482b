"""What differs between the conduct of two versions of a workflow, in words for who reviews it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pytest_cicache.checks._behaviour import REPEAT, TRUSTED, told_case
from pytest_cicache.checks._conduct import Conduct

__all__ = ["ConductChange", "changes"]

# How an outcome counts against another; what is not here is as good as any.
_RANKS = {
    **dict.fromkeys(("success", "written", "pushed", "hit", "ok", "all steps cached", "packages: write"), 2),
    **dict.fromkeys(("miss", "not-found", "some steps cached", "skipped", "unknown", "packages: read"), 1),
    **dict.fromkeys(("failure", "startup_failure", "denied", "failed", "no step cached", "cancelled"), 0),
    **dict.fromkeys(("did not start", "packages: none"), 0),
}
# Of an operation and what came of it, as something that a run does.
_VERBS = {
    ("export", "written"): "writes the cache {}",
    ("export", "denied"): "is denied the export to {}",
    ("export", "failed"): "fails to export to {}",
    ("import", "hit"): "takes steps from {}",
    ("import", "miss"): "finds nothing usable in {}",
    ("import", "not-found"): "does not find {}",
    ("import", "denied"): "is denied the import of {}",
    ("push", "pushed"): "pushes {}",
    ("push", "denied"): "is denied the push of {}",
    ("push", "failed"): "fails to push {}",
}
# What explains the rest comes first.
_KINDS = ("run", "export", "push", "import", "job", "token", "build")
_GOOD = ("written", "pushed", "hit")
_BAD = ("denied", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductChange:
    """One thing that a workflow does otherwise in one case.

    `subject` is what it is about, `before` and `after` what came of it, `None` where it was not there. `is_worse`
    tells that a run fails, a cache is not written or nothing is taken from one where it was before.
    """

    workflow: str
    case: str
    subject: str
    before: str | None
    after: str | None

    @property
    def is_worse(self) -> bool:
        """Whether it is a loss."""
        if self.before is None:
            return self.after in _BAD
        if self.after is None:
            return self.before in _GOOD and (self.case in (*TRUSTED, REPEAT) or self.before == "hit")
        return _RANKS.get(self.after, 1) < _RANKS.get(self.before, 1)

    @property
    def rank(self) -> tuple[bool, int, bool]:
        """Sorts losses before other changes, causes before what follows from them, and trusted cases before others."""
        kind = self.subject.partition(" ")[0]
        place = _KINDS.index(kind) if kind in _KINDS else len(_KINDS)
        return not self.is_worse, place, self.case not in TRUSTED

    @property
    def sentence(self) -> str:
        """What the case does no longer, and does now: `A push to the default branch no longer writes the cache …`."""
        case = told_case(self.case)
        kind, _, name = self.subject.partition(" ")
        before, after = (_doing(kind, name, outcome) for outcome in (self.before, self.after))
        if self.subject == "run" and self.after is None:
            return f"{case} no longer starts the workflow"
        if self.before in _BAD and self.after is None:
            return f"{case} no longer {before}: it no longer attempts it"
        if before is None or after is None:
            return f"{case} {'now' if before is None else 'no longer'} {after or before}"
        return f"{case} no longer {before}, it now {after}"


def changes(workflow: str, before: Conduct, after: Conduct) -> Iterator[ConductChange]:
    """The changes from one conduct to another, case by case; of a case that is gone what it lost."""
    for case in sorted({*before, *after}):
        old, new = before.get(case, {}), after.get(case, {})
        for subject in _subjects(old, new):
            if old.get(subject) != new.get(subject):
                yield ConductChange(
                    workflow=workflow, case=case, subject=subject, before=old.get(subject), after=new.get(subject)
                )


def _subjects(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """What to compare: of a case that is new or gone only the run, what it reads and what it writes."""
    subjects = sorted({*old, *new}, key=lambda subject: (subject != "run", subject))
    if old and new:
        return subjects
    return [subject for subject in subjects if subject.partition(" ")[0] in ("run", "import", "export", "push")]


def _doing(kind: str, name: str, outcome: str | None) -> str | None:
    if outcome is None:
        return None
    match kind:
        case "run":
            return f"ends in {outcome}"
        case "job":
            return f"skips job {name}" if outcome == "skipped" else f"ends job {name} in {outcome}"
        case "token":
            return f"gives the token {name.replace('of ', 'of job ', 1)} {outcome}"
        case "build":
            what = "{} in job {}".format(*name.rsplit(" in ", 1))
            return (
                f"fails to start the build of {what}" if outcome == "did not start" else f"builds {what} with {outcome}"
            )
        case _:
            verb = _VERBS.get((kind, outcome))
            return f"has {kind} {name}: {outcome}" if verb is None else verb.format(name)
