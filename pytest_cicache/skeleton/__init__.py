"""A Dockerfile rewritten so that nothing is downloaded and every step keeps its place and key."""

from pytest_cicache.skeleton._skeleton import Origin, Part, Read, Skeleton, SkeletonStage, StepId
from pytest_cicache.skeleton._writer import write_skeleton

__all__ = [
    "Origin",
    "Part",
    "Read",
    "Skeleton",
    "SkeletonStage",
    "StepId",
    "write_skeleton",
]
