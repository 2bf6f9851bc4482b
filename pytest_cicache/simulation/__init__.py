"""Puts one world together: repository, events, engines, gateway."""

from pytest_cicache.simulation._identity import repository_of
from pytest_cicache.simulation._simulation import Simulation
from pytest_cicache.simulation._workshop import Engines, Workshop

__all__ = ["Engines", "Simulation", "Workshop", "repository_of"]
