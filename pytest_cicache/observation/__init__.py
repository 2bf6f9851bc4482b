"""What happened, as frozen records, and what can be asked of them."""

from pytest_cicache.observation._answers import Answer, Answers, Asked, Cache, RunQuestion, TagNames
from pytest_cicache.observation._builds import Ending, How, Use
from pytest_cicache.observation._cache_service import ActionsCacheRecord, CacheCall
from pytest_cicache.observation._failure import why_failed
from pytest_cicache.observation._fold import operation_of, refused_as, settled
from pytest_cicache.observation._places import placed
from pytest_cicache.observation._races import Race, unsure_after, with_races
from pytest_cicache.observation._records import (
    BuildRecord,
    CacheOperation,
    Conclusion,
    EmptySecret,
    Operation,
    Purpose,
    RegistryRecord,
    Result,
    StepMode,
    Vertex,
)
from pytest_cicache.observation._results import JobResult, Run, Scenario, StepResult, TagChange, Tags
from pytest_cicache.observation._traits import FileTrait, MissReason, StepTraits, Why
from pytest_cicache.observation._why import with_reasons
from pytest_cicache.observation._written import BakeFileText
from pytest_cicache.plan import Assumption, AssumptionKind

__all__ = [
    "ActionsCacheRecord",
    "Answer",
    "Answers",
    "Asked",
    "Assumption",
    "AssumptionKind",
    "BakeFileText",
    "BuildRecord",
    "Cache",
    "CacheCall",
    "CacheOperation",
    "Conclusion",
    "EmptySecret",
    "Ending",
    "FileTrait",
    "How",
    "JobResult",
    "MissReason",
    "Operation",
    "Purpose",
    "Race",
    "RegistryRecord",
    "Result",
    "Run",
    "RunQuestion",
    "Scenario",
    "StepMode",
    "StepResult",
    "StepTraits",
    "TagChange",
    "TagNames",
    "Tags",
    "Use",
    "Vertex",
    "Why",
    "operation_of",
    "placed",
    "refused_as",
    "settled",
    "unsure_after",
    "why_failed",
    "with_races",
    "with_reasons",
]
