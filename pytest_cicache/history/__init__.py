"""A repository's caches over time: the events of months, growth, staleness, and whether a purge is safe."""

from pytest_cicache.history._comparison import KeyComparison, size_text
from pytest_cicache.history._evidence import (
    asked_places,
    is_repeatable,
    manifest_pushes,
    manifest_reads,
    place_of,
    texts_of,
)
from pytest_cicache.history._figures import CacheHistory, EventFigures, MonthFigures
from pytest_cicache.history._growth import Growth, LayerSizes, closure, grown
from pytest_cicache.history._replay import EventShape, Outcome, Outcomes, ReferenceTag, Wording, renamed
from pytest_cicache.history._retention import PurgeCheck, broken_tags, stock_of, wanted_deletions
from pytest_cicache.history._schedule import Activity, ScheduledEvent, schedule
from pytest_cicache.history._verbatim import computing_line

__all__ = [
    "Activity",
    "CacheHistory",
    "EventFigures",
    "EventShape",
    "Growth",
    "KeyComparison",
    "LayerSizes",
    "MonthFigures",
    "Outcome",
    "Outcomes",
    "PurgeCheck",
    "ReferenceTag",
    "ScheduledEvent",
    "Wording",
    "asked_places",
    "broken_tags",
    "closure",
    "computing_line",
    "grown",
    "is_repeatable",
    "manifest_pushes",
    "manifest_reads",
    "place_of",
    "renamed",
    "schedule",
    "size_text",
    "stock_of",
    "texts_of",
    "wanted_deletions",
]
