"""actions/github-script, as far as it only hands variables of the runtime on: https://github.com/actions/github-script.

Scripts that use the Actions cache need variables that only actions see; three lines of JavaScript are the way that
BuildKit's documents show (https://docs.docker.com/build/cache/backends/gha/).
"""

from __future__ import annotations

import re

from pytest_cicache.actions._contract import ActionCall, ActionEffect
from pytest_cicache.errors import UnsupportedError

__all__ = ["hand_on_variables"]

_EXPORT = re.compile(
    r"core\.exportVariable\(\s*(['\"])(?P<name>\w+)\1\s*,\s*process\.env(?:\.(?P<plain>\w+)|\[(['\"])(?P<quoted>\w+)\4\])"
    r"\s*(?:(?:\|\||\?\?)\s*(?:''|\"\"))?\s*\)\s*;?"
)
_COMMENT = re.compile(r"\s*//.*")


def hand_on_variables(call: ActionCall) -> ActionEffect:
    """Export what `core.exportVariable` names; raises UnsupportedError for a script with anything else in it."""
    known = {**call.environment, **call.runtime}
    variables = {}
    lines = (_COMMENT.sub("", line).strip() for line in call.inputs.get("script", "").splitlines())
    for line in filter(None, lines):
        found = _EXPORT.fullmatch(line)
        if found is None:
            raise UnsupportedError("the script of actions/github-script is not run")
        variables[found["name"]] = known.get(found["plain"] or found["quoted"], "")
    return ActionEffect(variables=variables)
