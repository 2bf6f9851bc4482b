"""Runs and plans as lines, tables and JSON."""

from pytest_cicache.reporting._advice import absent_packages, unset_secrets
from pytest_cicache.reporting._annotation import annotation, finding_annotation
from pytest_cicache.reporting._assumption import told_assumption
from pytest_cicache.reporting._changes import CHANGE_FORMATS, change_lines, render_changes
from pytest_cicache.reporting._explain import explain_comparison
from pytest_cicache.reporting._findings import FINDING_FORMATS, finding_lines, render_findings
from pytest_cicache.reporting._first_test import FirstTest, first_tests
from pytest_cicache.reporting._headline import Headline, headline, part_headline, short_place, token_headline
from pytest_cicache.reporting._json import SCHEMA, run_json
from pytest_cicache.reporting._plan import PLAN_SCHEMA, plan_json, plan_lines
from pytest_cicache.reporting._report import (
    ReportedCheck,
    ReportedSession,
    ReportedTest,
    ReportEntry,
    brief_entry,
    check_report_name,
    entry,
    render_report,
)
from pytest_cicache.reporting._session_table import TableLine, session_table
from pytest_cicache.reporting._story import run_lines, story
from pytest_cicache.reporting._table import rows_table, run_table, table_row

__all__ = [
    "CHANGE_FORMATS",
    "FINDING_FORMATS",
    "PLAN_SCHEMA",
    "SCHEMA",
    "FirstTest",
    "Headline",
    "ReportEntry",
    "ReportedCheck",
    "ReportedSession",
    "ReportedTest",
    "TableLine",
    "absent_packages",
    "annotation",
    "brief_entry",
    "change_lines",
    "check_report_name",
    "entry",
    "explain_comparison",
    "finding_annotation",
    "finding_lines",
    "first_tests",
    "headline",
    "part_headline",
    "plan_json",
    "plan_lines",
    "render_changes",
    "render_findings",
    "render_report",
    "rows_table",
    "run_json",
    "run_lines",
    "run_table",
    "session_table",
    "short_place",
    "story",
    "table_row",
    "token_headline",
    "told_assumption",
    "unset_secrets",
]
