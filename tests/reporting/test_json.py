"""A run as the JSON object of the schema."""

from __future__ import annotations

import json
from dataclasses import replace

from pytest_cicache.observation import Race
from pytest_cicache.reporting import SCHEMA, run_json


def test_the_whole_object(fork_run):
    """Every key of the schema, as plain data."""
    found = json.loads(json.dumps(run_json(fork_run)))

    assert found == {
        "schema": SCHEMA,
        "scenario": {
            "workflow": "ci.yml",
            "event": "fork_pr",
            "after": ["main_merge"],
            "repository": "o/r",
            "runner": "inprocess",
            "builder": "simulated",
            "registry": "embedded",
            "hides_processes": False,
            "act_image": None,
        },
        "triggered": True,
        "reason": None,
        "conclusion": "success",
        "error": None,
        "jobs": [_job(found)],
        "tags": {
            "o/p": {
                "before": ["main"],
                "after": ["main", "x"],
                "added": ["x"],
                "moved": ["main"],
                "removed": [],
                "uncertain": ["7"],
            }
        },
        "bytes": {"uploaded": 0, "downloaded": 0},
        "assumptions": [],
        "races": [],
    }


def _job(found: dict) -> dict:
    """The job's object; its operations are looked at by another test."""
    return {
        "id": "j",
        "name": "caller / j",
        "path": ["caller"],
        "matrix": {"n": 1},
        "conclusion": "success",
        "reason": None,
        "token": {
            "permissions": {"packages": "read"},
            "because": {"packages": ["job permissions", "from a fork"]},
        },
        "steps": [
            {
                "id": "build",
                "name": "Build",
                "kind": "run",
                "mode": "executed",
                "outcome": "success",
                "conclusion": "success",
                "outputs": {"a": "1"},
                "note": "stubbed: npm",
                "assumes": [],
                "where": "ci.yml:27:9",
            }
        ],
        "operations": found["jobs"][0]["operations"],
        "builds": [
            {
                "step": "build",
                "where": "ci.yml:28:15",
                "dockerfile": "Dockerfile",
                "target": "app",
                "vertices": [
                    {"name": "[1/2] RUN a", "cached": True, "source": "ghcr.io/o/p:main", "why": None},
                    {
                        "name": "[2/2] RUN b",
                        "cached": False,
                        "source": None,
                        "why": {"reason": "file", "subject": "b", "what": "b differs"},
                    },
                ],
                "hits": 1,
                "misses": 1,
            }
        ],
        "assumes": [],
        "warnings": [],
        "where": "ci.yml:12:3",
    }


def test_operations(fork_run):
    """Each with its step, its kind and how it ended."""
    operations = run_json(fork_run)["jobs"][0]["operations"]

    assert [item["op"] for item in operations] == ["login", "import", "import", "export"]
    assert operations[3] == {
        "step": "build",
        "op": "export",
        "type": "registry",
        "ref": "ghcr.io/o/p:7",
        "scope": None,
        "attrs": {"mode": "max"},
        "result": "denied",
        "status": 403,
        "message": "denied: installation not allowed to Write organization package",
        "fatal": False,
        "assumes": [],
        "where": "ci.yml:31:11",
    }


def test_races(fork_run):
    """Who writes what the other reads or writes, and the sentence."""
    race = Race(what="ghcr.io/o/p:main", writer="a", other="b", reads=True)

    assert run_json(replace(fork_run, races=(race,)))["races"] == [
        {
            "what": "ghcr.io/o/p:main",
            "writer": "a",
            "other": "b",
            "reads": True,
            "message": "'a' writes ghcr.io/o/p:main, 'b' reads it, and nothing says which comes first",
        }
    ]


def test_a_run_that_did_not_start(refused_run):
    """The error is GitHub's, and there are no jobs."""
    found = run_json(refused_run)

    assert (found["conclusion"], found["jobs"]) == ("startup_failure", [])
    assert found["error"].startswith("Invalid workflow file")


def test_an_event_that_was_not_let_in(quiet_run):
    """`triggered` is false, with the reason."""
    found = run_json(quiet_run)

    assert (found["triggered"], found["reason"]) == (False, "no branch filter fits")
