"""The secrets that a failed step names and that are empty in its job: what their absence fails is easily misread."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_cicache.engines._job_spec import JobSpec
from pytest_cicache.observation import EmptySecret
from pytest_cicache.workflow import Mapping, Node, Scalar, Sequence, Step

__all__ = ["empty_secrets", "node_texts"]

_NAMED = re.compile(r"\bsecrets(?:\.|\[\s*')([A-Za-z_][A-Za-z0-9_]*)", re.IGNORECASE)


def empty_secrets(step: Step, spec: JobSpec) -> tuple[EmptySecret, ...]:
    """Those in the step itself, and in the variables of its job and workflow that it speaks of; each once."""
    own = "\n".join(text for node in (step.run, step.with_, step.env) for text in node_texts(node))
    around = (text for env in (spec.job.env, spec.workflow.env) for text in _spoken_of(env, own))
    named = dict.fromkeys(name.upper() for text in (own, *around) for name in _NAMED.findall(text))
    filled = {name.upper() for name, value in spec.contexts.get("secrets", {}).items() if value}
    return tuple(EmptySecret(name=name, reason=spec.start.withheld) for name in named if name not in filled)


def _spoken_of(env: Node | None, text: str) -> Iterator[str]:
    if isinstance(env, Mapping):
        for name, node in env.items():
            if re.search(rf"\b{re.escape(name)}\b", text):
                yield from node_texts(node)


def node_texts(node: Node | None) -> Iterator[str]:
    """The texts of a node, but for keys."""
    match node:
        case Scalar():
            yield node.text
        case Sequence():
            for item in node:
                yield from node_texts(item)
        case Mapping():
            for _, item in node.items():
                yield from node_texts(item)
