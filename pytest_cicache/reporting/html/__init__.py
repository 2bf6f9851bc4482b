"""A report as one HTML page that needs nothing beside it: view values, and the template that shows them."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from pytest_cicache.reporting._report import ReportedSession, ReportedTest
from pytest_cicache.reporting.html._page import shown_page
from pytest_cicache.reporting.html._text import breakable, middle, prose, size

__all__ = ["page"]


def page(tests: Sequence[ReportedTest], session: ReportedSession) -> str:
    """Return the page of a session's tests."""
    environment = Environment(
        loader=PackageLoader("pytest_cicache.reporting", "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(breakable=breakable, middle=middle, prose=prose, size=size)
    return environment.get_template("page.html.j2").render(page=shown_page(tests, session))
