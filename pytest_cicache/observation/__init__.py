"""What happened, as frozen records, and what can be asked of them."""

from pytest_cicache.observation._records import (
    BuildRecord,
    CacheOperation,
    Conclusion,
    Operation,
    Purpose,
    RegistryRecord,
    Result,
    StepMode,
    Vertex,
)

__all__ = [
    "BuildRecord",
    "CacheOperation",
    "Conclusion",
    "Operation",
    "Purpose",
    "RegistryRecord",
    "Result",
    "StepMode",
    "Vertex",
]
