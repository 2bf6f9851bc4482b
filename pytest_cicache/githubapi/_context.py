"""One call with everything its answer depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pytest_cicache.actionscache import ActionsCache
from pytest_cicache.githubapi._caller import ApiCaller
from pytest_cicache.githubapi._versions import VersionLedger
from pytest_cicache.githubapi._wire import ApiCall
from pytest_cicache.githubapi._world import PackageSettings, RepositoryFacts

__all__ = ["ApiContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiContext:
    """`parts` are what stands in the places of the endpoint's path, `now` is the simulation's clock."""

    call: ApiCall
    caller: ApiCaller
    parts: Mapping[str, str]
    settings: PackageSettings
    facts: RepositoryFacts
    versions: VersionLedger
    cache: ActionsCache
    now: datetime
