"""Puts one world together: repository, events, engines, gateway."""

from pytest_cicache.simulation._api_access import ApiAccess
from pytest_cicache.simulation._engines import EngineNames, Engines
from pytest_cicache.simulation._live import LiveLine
from pytest_cicache.simulation._planning import plan_workflows
from pytest_cicache.simulation._repository import find_root, name_origin, repository_of
from pytest_cicache.simulation._simulation import Simulation
from pytest_cicache.simulation._sources import source_folders

__all__ = [
    "ApiAccess",
    "EngineNames",
    "Engines",
    "LiveLine",
    "Simulation",
    "find_root",
    "name_origin",
    "plan_workflows",
    "repository_of",
    "source_folders",
]
