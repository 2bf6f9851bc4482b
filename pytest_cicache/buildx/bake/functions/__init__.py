"""The functions that bake files may call."""

from pytest_cicache.buildx.bake.functions._table import Clock, standard_functions
from pytest_cicache.buildx.bake.functions._user import user_function

__all__ = ["Clock", "standard_functions", "user_function"]
