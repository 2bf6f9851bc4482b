"""The actions that act meets: composite ones at hand, which it runs, and stand-ins for what the simulation carries out.

act looks every `uses:` up before the first step. Each `owner/name@ref` is therefore given as a folder: a copy of the
action, or action files whose one step tells the simulation its inputs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_cicache.actions import ACTIONS, ActionReference
from pytest_cicache.engines.runner.act._copy import NOT_GIVEN
from pytest_cicache.engines.runner.act._reads import is_told_by_act
from pytest_cicache.engines.runner.steps import lay_out, node_texts, read_action_folder
from pytest_cicache.errors import UsageError, WorkflowError
from pytest_cicache.workflow import Action, Job, Position, Step
from pytest_cicache.workflow import Mapping as MappingNode

__all__ = ["ActionsAtHand"]

_DEEPEST = 9
_LOCAL = ("./", "$/")
_SPOKEN = re.compile(r"\bsteps(?:\.|\[\s*')([\w-]+)(?:'\s*\])?\.outputs(?:\.|\[\s*')([\w-]+)", re.IGNORECASE)


@dataclass(slots=True)
class ActionsAtHand:
    """The actions of a job, laid out below `folder`.

    `runner` is the context; `source` lays the repository out and gives its folder, `fetch` gives that of an action
    elsewhere, `is_stubbed` tells which uses have a stand-in. `repositories` are the folders by `owner/name@ref`,
    `texts` the action files read, `declared` the outputs of those that act runs, by what `uses:` says, `places` where
    the uses inside them stand.
    """

    job: Job
    runner: Mapping[str, Any]
    folder: Path
    source: Callable[[], Path]
    fetch: Callable[[str], Path | None]
    is_stubbed: Callable[[str], bool]
    repositories: dict[str, Path] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    declared: dict[str, frozenset[str]] = field(default_factory=dict)
    places: dict[str, list[Position]] = field(default_factory=dict)

    def is_run_by_act(self, uses: str, depth: int = 1) -> bool:
        """Whether act can run an action itself: a composite one at hand, with all it uses and reads."""
        if depth > _DEEPEST or self.is_stubbed(uses) or uses.startswith("docker://"):
            return False
        folder = self._folder(uses)
        action = None if folder is None else self._read(folder, uses)
        if action is None or action.using != "composite" or not is_told_by_act(action, self.runner):
            return False
        if folder is not None and not uses.startswith(_LOCAL):
            self._give(uses, folder)
        self.declared[uses] = frozenset(output.name for output in action.outputs)
        # Each is looked at: what stands behind one that cannot be run may still be met.
        able = [self._has(step, depth + 1) for step in action.steps]
        return all(able)

    def spoken_of(self, step: str) -> set[str]:
        """The outputs of a step, by its id, that the job or an action names."""
        texts = (*_job_texts(self.job), *self.texts)
        named = (found for text in texts for found in _SPOKEN.findall(text))
        return {name for of, name in named if of.lower() == step.lower()}

    def place_of(self, uses: str) -> Position | None:
        """Where the next use of an action stands that is carried out inside another, of several in their order."""
        places = self.places.get(uses)
        if not places:
            return None
        places.append(places.pop(0))
        return places[-1]

    def _has(self, step: Step, depth: int) -> bool:
        """Whether a step of a composite action can be run; what the simulation carries out gets its stand-in."""
        if step.uses is None:
            return True
        text = step.uses.text
        if not text.startswith("$/") and self.is_run_by_act(text, depth):
            return True
        if text.startswith((*_LOCAL, "docker://")):
            return False
        names = step.with_.keys if isinstance(step.with_, MappingNode) else ()
        self.places.setdefault(text, []).append(step.uses.position)
        self._stand_in(text, names)
        return True

    def _folder(self, uses: str) -> Path | None:
        if uses.startswith(_LOCAL):
            return self.source() / uses[2:]
        try:
            reference = ActionReference.parse(uses)
        except UsageError:
            return None
        known = f"{reference.repository}/{reference.path}".rstrip("/") in ACTIONS
        return None if known else self.fetch(uses)

    def _read(self, folder: Path, uses: str) -> Action | None:
        try:
            action = read_action_folder(folder, uses)
        except WorkflowError:
            return None
        self.texts += [file.read_text(encoding="utf-8", errors="replace") for file in folder.glob("action.y*ml")]
        return action

    def _give(self, uses: str, folder: Path) -> None:
        """A copy of an action's folder in its place in its repository."""
        lay_out(folder, self._place(uses))

    def _stand_in(self, uses: str, names: Iterable[str]) -> None:
        place = self._place(uses)
        place.mkdir(parents=True, exist_ok=True)
        file = place / "action.yml"
        known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"inputs": {}}
        inputs = {**known["inputs"], **{name: {"default": NOT_GIVEN} for name in names}}
        outputs = {name for text in self.texts for _, name in _SPOKEN.findall(text)}
        step = {
            "id": "use",
            "shell": "cicache-step {0}",
            "run": "${{ toJSON(inputs) }}",
            "env": {"CICACHE_USES": uses},
        }
        document = {
            "name": uses,
            "inputs": inputs,
            "outputs": {name: {"value": f"${{{{ steps.use.outputs.{name} }}}}"} for name in sorted(outputs)},
            "runs": {"using": "composite", "steps": [step]},
        }
        file.write_text(json.dumps(document), encoding="utf-8")

    def _place(self, uses: str) -> Path:
        location, _, version = uses.partition("@")
        owner, name, *path = location.split("/")
        key = f"{owner}/{name}@{version}"
        folder = self.repositories.setdefault(key, self.folder / str(len(self.repositories)))
        return folder.joinpath(*path)


def _job_texts(job: Job) -> Iterator[str]:
    yield from node_texts(job.outputs)
    for step in job.steps:
        yield step.condition.text
        nodes = (step.name, step.run, step.with_, step.env, step.shell, step.working_directory, step.continue_on_error)
        for node in nodes:
            yield from node_texts(node)
