"""A repository's caches over time: the events of months, growth, staleness, and whether a purge is safe."""

from pytest_cicache.history._comparison import KeyComparison, size_text
from pytest_cicache.history._figures import CacheHistory, EventFigures, MonthFigures
from pytest_cicache.history._growth import Growth, LayerSizes, closure, grown
from pytest_cicache.history._replay import Outcome, Outcomes, ReferenceTag, renamed
from pytest_cicache.history._retention import PurgeCheck, broken_tags, stock_of, wanted_deletions
from pytest_cicache.history._schedule import Activity, ScheduledEvent, schedule

__all__ = [
    "Activity",
    "CacheHistory",
    "EventFigures",
    "Growth",
    "KeyComparison",
    "LayerSizes",
    "MonthFigures",
    "Outcome",
    "Outcomes",
    "PurgeCheck",
    "ReferenceTag",
    "ScheduledEvent",
    "broken_tags",
    "closure",
    "grown",
    "renamed",
    "schedule",
    "size_text",
    "stock_of",
    "wanted_deletions",
]
