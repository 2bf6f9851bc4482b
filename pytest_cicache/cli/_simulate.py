"""`cicache simulate`: run one workflow under an event."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_cicache.cli._given import check_stubs, prepare
from pytest_cicache.cli._options import (
    Commands,
    add_repeatable,
    add_repository_options,
    given_event,
    given_repository,
    given_root,
    given_sources,
    name_and_value,
)
from pytest_cicache.errors import UsageError

if TYPE_CHECKING:
    from pytest_cicache.observation import Run
    from pytest_cicache.simulation import Simulation


def add(commands: Commands) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("simulate", help="run a workflow under an event")
    parser.add_argument(
        "workflow", help="a path, or the name of a file in .github/workflows; OWNER/NAME/PATH in a --workflow-source"
    )
    event = "what happens; without it the kinds that would start the workflow are listed"
    parser.add_argument("--event", action="append", metavar="KIND[:k=v,…]|@FILE.json", help=event)
    add_repeatable(parser, "--after", "KIND", "an event that runs first and fills the registry")
    add_repository_options(parser)
    package = "OWNER/PKG:visibility=…,REPO=write"
    add_repeatable(parser, "--package", package, "a package that exists already, and who has access")
    parser.add_argument("--job", metavar="ID", help="run only this job and those it needs")
    add_repeatable(parser, "--matrix", "K=V", "run only the legs with this value")
    add_repeatable(parser, "--input", "K=V", "an input of the dispatch")
    add_repeatable(parser, "--var", "K=V", "a variable of the repository")
    add_repeatable(parser, "--secret", "K=V|*", "a secret of the repository; * gives each one that is named a value")
    stub = "command:NAME=PATH|action:O/N:k=v|step:JOB/STEP:k=v|job:JOB:k=v"
    add_repeatable(parser, "--stub", stub, "a stand-in for a command, every use of an action, a step, a job")
    parser.add_argument("--opaque-builds", action="store_true", help="treat every build as one step")
    parser.add_argument(
        "--patience", type=float, default=60.0, metavar="SECONDS", help="real time that one script may take (60)"
    )
    parser.add_argument("--strict", action="store_true", help="an assumption is an error")
    parser.add_argument("--fail", action="store_true", help="end with 1 where the run fails")
    parser.add_argument("--runner", default="inprocess", help="what runs the steps: inprocess or act")
    image = "run the jobs of the runner act in containers of this image"
    parser.add_argument("--act-image", metavar="IMAGE", default="", help=image)
    parser.add_argument("--builder", default="auto", help="what builds: auto, buildx or simulated (auto)")
    registry = "what holds the images: auto, container, embedded or the URL of a running registry (auto)"
    parser.add_argument("--registry", default="auto", help=registry)
    parser.set_defaults(command=_simulate)


def _simulate(options: argparse.Namespace) -> int:
    from pytest_cicache.observation import Conclusion
    from pytest_cicache.simulation import EngineNames, Engines, LiveLine, Simulation

    if options.event is None:
        raise UsageError(f"--event is missing: {_starters(options)}")
    if len(options.event) > 1:
        first, second = options.event[:2]
        raise UsageError(f"--event takes one event, not '{first}' and '{second}'; what comes before it is an --after")
    event, *after = (given_event(text) for text in (*options.event, *options.after))
    repository = given_repository(options)
    sources = given_sources(options.workflow_source)
    names = EngineNames(
        builder=options.builder, registry=options.registry, runner=options.runner, act_image=options.act_image
    )
    with (
        Engines(names) as engines,
        Simulation(
            engines,
            given_root(options),
            repository,
            clock=options.clock,
            sources=sources,
            opaque_builds=options.opaque_builds,
            strict=options.strict,
            patience=options.patience,
        ) as simulation,
    ):
        asked, workflow = _asked(simulation, options.workflow, sources)
        prepare(asked, options)
        inputs = dict(name_and_value(text, "--input") for text in options.input)
        matrix = dict(name_and_value(text, "--matrix") for text in options.matrix)
        with LiveLine(sys.stderr if sys.stderr.isatty() else None, lambda: asked.doing):
            for earlier in after:
                asked.run(workflow, earlier)
            run = asked.run(workflow, event, inputs=inputs, job=options.job, matrix=matrix)
        check_stubs(options.stub, asked.runs)
        _print_run(run, asked.runs, as_json=options.json)
        for line in [*_advice(run), *(() if options.strict else simulation.unused_stubs)]:
            print(f"cicache: {line}", file=sys.stderr)
    failed = run.outcome in (Conclusion.FAILURE, Conclusion.STARTUP_FAILURE)
    return int(options.fail and failed)


def _starters(options: argparse.Namespace) -> str:
    """The kinds of events that would start the workflow."""
    from datetime import UTC, datetime

    from pytest_cicache.events import KINDS
    from pytest_cicache.simulation import plan_workflows

    plans, _ = plan_workflows(
        given_root(options),
        given_repository(options),
        [options.workflow],
        [given_event(kind) for kind in KINDS],
        sources=given_sources(options.workflow_source),
        now=options.clock or datetime.now(UTC),
    )
    kinds = [plan.delivery.event.kind for plan in plans if plan.triggered]
    return f"{options.workflow} starts on {', '.join(kinds) or 'none of the known kinds'}"


def _advice(run: Run) -> Iterator[str]:
    """How the command gives a simulation what a run lacked."""
    from pytest_cicache.reporting import absent_packages, unset_secrets

    for package in absent_packages((run,)):
        yield f"{package} does not exist; fill it with --after main_merge, or describe it with --package {package}"
    for name in unset_secrets((run,)):
        yield f"secrets.{name} is not set; give it a value with --secret {name}=VALUE"


def _asked(simulation: Simulation, workflow: str, sources: Mapping[str, Path]) -> tuple[Simulation, str]:
    """The simulation a workflow belongs to, and its name there: `OWNER/NAME/PATH` is one of a source's."""
    owner, _, rest = workflow.partition("/")
    name, _, path = rest.partition("/")
    names = {source.partition("@")[0].lower() for source in sources}
    if path and f"{owner}/{name}".lower() in names:
        return simulation.caller(f"{owner}/{name}"), path
    return simulation, workflow


def _print_run(run: Run, runs: Sequence[Run], *, as_json: bool) -> None:
    from pytest_cicache.reporting import run_json, run_lines, run_table

    if as_json:
        print(json.dumps(run_json(run), indent=2))
        return
    for line in run_lines(run):
        print(line)
    print()
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for line in run_table(runs, width=width):
        print(line)
