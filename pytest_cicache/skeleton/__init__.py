"""A Dockerfile rewritten so that nothing is downloaded and every step keeps its place and key."""

from pytest_cicache.skeleton._skeleton import Part, Read, Skeleton, SkeletonStage, StepId, StepOrigin
from pytest_cicache.skeleton._writer import write_skeleton

__all__ = [
    "Part",
    "Read",
    "Skeleton",
    "SkeletonStage",
    "StepId",
    "StepOrigin",
    "write_skeleton",
]
