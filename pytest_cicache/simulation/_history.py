"""The commits of one simulated repository: what each event adds, and which commit a ref names."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pytest_cicache.actions import CheckOut
from pytest_cicache.engines import NewCommit, SourceStore
from pytest_cicache.errors import UsageError
from pytest_cicache.events import NO_COMMIT, Commits, Delivery, Event
from pytest_cicache.expressions import holds_unknown

__all__ = ["Changes", "History"]

Changes = Mapping[str, str | None]
# Events that run on the default branch, but tell of a pull request whose commits a step may check out.
_HEADS, _TAGS = "refs/heads/", "refs/tags/"
_ABOUT_PULLS = ("workflow_run", "issue_comment")


class History:
    """Branch tips and pull requests of one simulation, over the session's source store."""

    def __init__(self, store: SourceStore, *, default_branch: str, at: datetime) -> None:
        self._store = store
        self._default = default_branch
        self._tips = {default_branch: store.snapshot(at=at)}
        self._tags: dict[str, str] = {}
        self._pulls: dict[tuple[str, int], dict[str, str | None]] = {}

    @property
    def tip(self) -> str:
        """The default branch's commit."""
        return self._tips[self._default]

    @property
    def tree(self) -> str:
        """What the default branch's commit holds, as git names it."""
        return self._store.describe(self.tip).tree

    @property
    def objects(self) -> Path:
        """The folder of git's objects, which every folder a commit is laid into refers to."""
        return self._store.directory / "objects"

    @property
    def branches(self) -> Mapping[str, str]:
        """The commit of each branch."""
        return self._tips

    @property
    def tags(self) -> Mapping[str, str]:
        """The commit of each git tag."""
        return self._tags

    def differing(self, other: History) -> tuple[str, ...]:
        """The paths that the default branch of another history of the same root has otherwise."""
        return self._store.changed(other.tip, self.tip)

    def edit(self, changes: Changes, *, at: datetime) -> None:
        """Commit changes to the default branch."""
        (self._tips[self._default],) = self._store.commit(
            [NewCommit(parents=(self.tip,), message="Change the repository", changes=changes)], at=at
        )

    def read(self, sha: str, path: str) -> str | None:
        """The text of a file at a commit, `None` where there is none."""
        return self._store.read(sha, path)

    def paths(self, sha: str) -> frozenset[str]:
        """The paths of all files at a commit."""
        return self._store.paths(sha)

    def lay_out(self, directory: Path) -> None:
        """Lay the default branch's files into a folder."""
        self._store.check_out(self.tip, directory, remote="", branch=self._default, depth=1)

    def receive(self, event: Event, changes: Changes, *, at: datetime) -> Commits:
        """Make the commits an event stands on, and move the branch it moves.

        Raises UsageError for changes that come with an event that has no commit of its own.
        """
        if event.is_pull_request or event.name == "merge_group":
            return self._pull_request(event, changes, at=at)
        if event.name == "push":
            return self._push(event, changes, at=at)
        if event.name in _ABOUT_PULLS and (changes or self._known(event)):
            return self._pull_request(event, changes, at=at)
        if changes:
            raise UsageError(f"{event.kind} comes with no commit that could change files; use write() before it")
        head = self._tips.get(event.branch or self._default, self.tip)
        return Commits(base=self.tip, head=head, merge=head, before=head, changed_files=_names(changes))

    def _push(self, event: Event, changes: Changes, *, at: datetime) -> Commits:
        base = self.tip
        branch, tag = self._branch(event), _tag(event)
        parent = base if branch is None else self._tips.get(branch, base)
        before = NO_COMMIT if branch is None else self._tips.get(branch, NO_COMMIT)
        if branch is None and not changes:
            self._tags |= {tag: base} if tag is not None else {}
            return Commits(base=base, head=base, merge=base, before=NO_COMMIT)
        message = event.message or ("Merge a pull request" if branch == self._default else "Change something")
        (head,) = self._store.commit([NewCommit(parents=(parent,), message=message, changes=changes)], at=at)
        if branch is not None:
            self._tips[branch] = head
        elif tag is not None:
            self._tags[tag] = head
        return Commits(base=base, head=head, merge=head, before=before, changed_files=_names(changes))

    def _branch(self, event: Event) -> str | None:
        """The branch a push moves, `None` for the push of a git tag."""
        if event.ref is not None:
            return event.ref.removeprefix("refs/heads/") if event.ref.startswith("refs/heads/") else None
        return None if event.tag else event.branch or self._default

    def _pull_request(self, event: Event, changes: Changes, *, at: datetime) -> Commits:
        """A head on top of the base, and their merge; a pull request keeps the changes of its earlier events."""
        base_branch = event.base_ref or self._default
        base = self._tips.get(base_branch, self.tip)
        key = self._known(event) or (event.head_owner if event.is_fork else "", event.number)
        known = self._pulls.setdefault(key, {})
        known.update(changes)
        head, merge = self._store.commit(
            [
                NewCommit(parents=(base,), message=event.message or "Change something", changes=known),
                NewCommit(parents=(base, 0), message=f"Merge pull request #{event.number}", changes=known),
            ],
            at=at,
        )
        if event.is_merged:
            self._tips[base_branch] = merge
        return Commits(base=base, head=head, merge=merge, before=base, changed_files=_names(known))

    def _known(self, event: Event) -> tuple[str, int] | None:
        """The pull request an event is about without being its own, where an earlier event has opened it."""
        if event.name not in _ABOUT_PULLS:
            return None
        return next((key for key in reversed(self._pulls) if key[1] == event.number), None)

    def check_out(self, wanted: CheckOut, directory: Path, delivery: Delivery) -> None:
        """Lay a commit into a folder as actions/checkout does; raises UsageError for a ref that is not there."""
        # A ref that nobody knows is taken for the event's own; the step that names it rests on an assumption.
        ref = "" if holds_unknown(wanted.ref) else wanted.ref
        sha, branch = self._resolve(ref, delivery)
        name = _name_in_event(sha, ref, delivery)
        remote = f"https://github.com/{wanted.repository or delivery.repository.full_name}"
        config = _credentials(wanted.token) if wanted.persists and wanted.token else ""
        self._store.check_out(
            sha, directory, remote=remote, branch=branch, depth=wanted.depth, tags=wanted.tags, name=name, config=config
        )

    def serve(self, directory: Path, delivery: Delivery) -> None:
        """Make a folder the repository as git sees it from outside: branches, tags, the event's pull request."""
        refs = {f"{_HEADS}{name}": sha for name, sha in self._tips.items()}
        refs |= {f"{_TAGS}{name}": sha for name, sha in self._tags.items()}
        if delivery.ref.startswith("refs/pull/"):
            pull = delivery.ref.rpartition("/")[0]
            refs |= {f"{pull}/head": delivery.commits.head, f"{pull}/merge": delivery.commits.merge}
        self._store.serve(directory, refs, head=f"{_HEADS}{self._default}")

    def take_over(self, directory: Path) -> None:
        """Move branches and tags to where pushes to a repository that was served have moved them."""
        refs = self._store.served(directory)
        # Nobody deletes the default branch.
        self._tips = {self._default: self.tip, **_below(_HEADS, refs)}
        self._tags = _below(_TAGS, refs)

    def _resolve(self, ref: str, delivery: Delivery) -> tuple[str, str | None]:
        """The commit of a ref, and the branch to be on."""
        commits = delivery.commits
        pull = f"refs/pull/{delivery.event.number}"
        if not ref or ref in (delivery.ref, delivery.sha):
            return delivery.workflow_sha, self._checked_out_branch(delivery)
        named = {f"{pull}/merge": commits.merge, f"{pull}/head": commits.head, delivery.event.head_sha: commits.head}
        if ref in named:
            return named[ref], None
        if ref == "HEAD":
            return self.tip, self._default
        tag = ref.removeprefix(_TAGS)
        if tag in self._tags:
            return self._tags[tag], None
        branch = ref.removeprefix("refs/heads/")
        if branch in self._tips:
            return self._tips[branch], branch
        if ref == delivery.head_ref:
            return commits.head, ref
        if ref in (commits.base, commits.head, commits.merge, *self._tips.values()):
            return ref, None
        raise UsageError(f"A branch or tag with the name '{ref}' could not be found")

    def _checked_out_branch(self, delivery: Delivery) -> str | None:
        """The branch the event's own commit is checked out as; pull requests and tags leave it detached."""
        if delivery.ref.startswith("refs/heads/") and delivery.ref_type == "branch":
            return delivery.ref_name
        return None


def _name_in_event(sha: str, ref: str, delivery: Delivery) -> str:
    """What the event calls a commit: a recorded payload names commits that a simulation cannot make."""
    event, commits = delivery.event, delivery.commits
    if event.sha is not None and ref in ("", delivery.ref, delivery.sha):
        return event.sha
    return event.head_sha if event.head_sha is not None and sha == commits.head else sha


def _below(prefix: str, refs: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(prefix): sha for name, sha in refs.items() if name.startswith(prefix)}


def _tag(event: Event) -> str | None:
    """The tag a push makes."""
    if event.ref is not None:
        return event.ref.removeprefix(_TAGS) if event.ref.startswith(_TAGS) else None
    return event.tag


def _credentials(token: str) -> str:
    """What actions/checkout adds to a clone's configuration, for later commands (src/git-auth-helper.ts)."""
    encoded = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return f'[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic {encoded}\n'


def _names(changes: Changes) -> tuple[str, ...] | None:
    return tuple(sorted(changes)) if changes else None
