"""What is wrong with a workflow's image caches, judged by its runs under the events it can meet; one file a check."""

from pytest_cicache.checks._behaviour import (
    AFTER_PUSH,
    ANY_BRANCH,
    LATER,
    REPEAT,
    TRUSTED,
    Behaviour,
    CacheKey,
    SeenOperation,
    cache_key,
    told_case,
)
from pytest_cicache.checks._change import ConductChange, changes
from pytest_cicache.checks._conduct import Conduct, conduct_of
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.checks._ignores import UNUSED_IGNORE, Ignore, ignores_in, ignores_of_settings, unused_ignores
from pytest_cicache.checks._never_rotates import takes_updates
from pytest_cicache.checks._not_simulated import NOT_SIMULATED, refused
from pytest_cicache.checks._table import CHECKS, Check, CheckFunction, findings_of
from pytest_cicache.checks._undeclared_permissions import is_refused_by_default

__all__ = [
    "AFTER_PUSH",
    "ANY_BRANCH",
    "CHECKS",
    "LATER",
    "NOT_SIMULATED",
    "REPEAT",
    "TRUSTED",
    "UNUSED_IGNORE",
    "Behaviour",
    "CacheKey",
    "Check",
    "CheckFunction",
    "Conduct",
    "ConductChange",
    "Finding",
    "Ignore",
    "SeenOperation",
    "Severity",
    "cache_key",
    "changes",
    "conduct_of",
    "findings_of",
    "ignores_in",
    "ignores_of_settings",
    "is_refused_by_default",
    "refused",
    "takes_updates",
    "told_case",
    "unused_ignores",
]
