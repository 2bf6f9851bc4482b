"""The language of Dockerfiles: lines, instructions, stages, shell words, mounts, platforms and .dockerignore."""

from pytest_cicache.dockerfile._dockerfile import Dockerfile, parse_dockerfile, parse_trigger
from pytest_cicache.dockerfile._environment import HIDDEN_ARGS, Environment, global_arguments
from pytest_cicache.dockerfile._glob import IgnorePatterns, MatchInfo, has_wildcards, match_path, read_ignore_file
from pytest_cicache.dockerfile._instructions import (
    Arg,
    Copy,
    Env,
    From,
    Instruction,
    OnBuild,
    RunInstruction,
    Setting,
    Shell,
    Stage,
    User,
    Workdir,
)
from pytest_cicache.dockerfile._mounts import Mount, mount_source, parse_mount
from pytest_cicache.dockerfile._platform import DEFAULT_PLATFORM, Platform, parse_platforms
from pytest_cicache.dockerfile._shell import ShellLexer
from pytest_cicache.dockerfile._sizes import Ulimit, parse_size, parse_ulimit
from pytest_cicache.dockerfile._source import HereDocument, parse_here_document
from pytest_cicache.dockerfile._suggestion import did_you_mean, edit_distance

__all__ = [
    "DEFAULT_PLATFORM",
    "HIDDEN_ARGS",
    "Arg",
    "Copy",
    "Dockerfile",
    "Env",
    "Environment",
    "From",
    "HereDocument",
    "IgnorePatterns",
    "Instruction",
    "MatchInfo",
    "Mount",
    "OnBuild",
    "Platform",
    "RunInstruction",
    "Setting",
    "Shell",
    "ShellLexer",
    "Stage",
    "Ulimit",
    "User",
    "Workdir",
    "did_you_mean",
    "edit_distance",
    "global_arguments",
    "has_wildcards",
    "match_path",
    "mount_source",
    "parse_dockerfile",
    "parse_here_document",
    "parse_mount",
    "parse_platforms",
    "parse_size",
    "parse_trigger",
    "parse_ulimit",
    "read_ignore_file",
]
