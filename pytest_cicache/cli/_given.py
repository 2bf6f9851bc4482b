"""What a simulation is given beside its repository: packages, values, and stand-ins for what it does not run."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_cicache.cli._options import name_and_value
from pytest_cicache.errors import UsageError, suggestion

if TYPE_CHECKING:
    from pytest_cicache.observation import Run
    from pytest_cicache.simulation import Simulation


def prepare(simulation: Simulation, options: argparse.Namespace) -> None:
    """Give the simulation what the options say there is beside the repository."""
    for text in options.package:
        _add_package(simulation, text)
    for text in options.var:
        simulation.variable(*name_and_value(text, "--var"))
    for text in options.secret:
        simulation.secret(*(("*", "") if text == "*" else name_and_value(text, "--secret")))
    for text in options.stub:
        _add_stub(simulation, text)


def _add_package(simulation: Simulation, text: str) -> None:
    name, _, rest = text.partition(":")
    settings = dict(name_and_value(part, "--package") for part in rest.split(",") if part)
    visibility, linked = settings.pop("visibility", "private"), settings.pop("linked", None)
    simulation.package(name, visibility=visibility, linked=linked, access=settings)


def _add_stub(simulation: Simulation, text: str) -> None:
    kind, _, rest = text.partition(":")
    name, _, values = rest.partition(":")
    if kind == "command":
        command, path = name_and_value(rest, "--stub")
        simulation.stub(command, _script(Path(path)))
        return
    outputs = dict(name_and_value(part, "--stub") for part in values.split(",") if part)
    job, _, step = name.partition("/")
    match kind:
        case "action":
            simulation.stub_action(name, **outputs)
        case "step" if step:
            simulation.stub_step(job, step, **outputs)
        case "job":
            simulation.stub_job(name, **outputs)
        case _:
            forms = "command:NAME=PATH, action:OWNER/NAME:k=v, step:JOB/STEP:k=v, job:JOB:k=v"
            raise UsageError(f"--stub '{text}' is none of {forms}")


def _script(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the stub '{path}' cannot be read: {error}") from error


def check_stubs(texts: Sequence[str], runs: Sequence[Run]) -> None:
    """Refuse a stand-in for a job or a step that the workflow does not have."""
    jobs = [job for run in runs for job in run.jobs]
    for text in texts if jobs else ():
        kind, _, rest = text.partition(":")
        name, _, step = rest.partition(":")[0].partition("/")
        meant = [job for job in jobs if job.id == name]
        if kind in ("job", "step") and not meant:
            known = ", ".join(sorted({job.id for job in jobs}))
            near = suggestion(name, (job.id for job in jobs))
            raise UsageError(f"--stub '{text}': the workflow has no job '{name}'; {near}its jobs are {known}")
        steps = [found for job in meant for found in job.steps]
        if kind == "step" and steps and not any(step in (found.id, found.name) for found in steps):
            known = ", ".join(sorted({found.id for found in steps}))
            near = suggestion(step, (found.id for found in steps))
            raise UsageError(f"--stub '{text}': the job '{name}' has no step '{step}'; {near}its steps are {known}")
