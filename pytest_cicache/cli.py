"""The command `cicache`: simulate a workflow, plan workflows, serve the embedded registry."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest_cicache
from pytest_cicache.errors import CicacheError, EngineUnavailableError, UsageError, WorkflowError, suggestion

if TYPE_CHECKING:
    from pytest_cicache.events import Event, Repository
    from pytest_cicache.observation import Run
    from pytest_cicache.simulation import Simulation

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 when it could do its work, 2 on a usage error or an unreadable workflow."""
    options = _parser().parse_args(arguments)
    try:
        with _ended_politely():
            status = int(options.command(options))
            sys.stdout.flush()
            return status
    except CicacheError as error:
        print(_one_line(error), file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever reads the output has seen enough; nothing may be written when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


class _ArgumentParser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line, an unknown option before one that is missing."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse an option that is none, of a command's own options."""
        known = [name for name in self._option_string_actions if name.startswith("--")]
        for word in args if args is not None and self._subparsers is None else ():
            name = str(word).partition("=")[0]
            if name == "--":
                break
            if name.startswith("--") and not any(option.startswith(name) for option in known):
                near = suggestion(name[2:], (option[2:] for option in known)).replace("'", "'--", 1)
                self.error(f"unrecognized arguments: {name}{near and f'; {near.rstrip()}'}")
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"cicache: {message}; see {self.prog} --help\n")


@contextmanager
def _ended_politely() -> Iterator[None]:
    """Let a request to end clean up as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _one_line(error: CicacheError) -> str:
    """What and where, on one line; a workflow's first problem with how many more there are."""
    if isinstance(error, WorkflowError):
        more = len(error.problems) - 1
        return f"cicache: {error.problems[0].located}" + (f" (and {more} more)" if more else "")
    line = f"cicache: {' '.join(str(error).split())}"
    if isinstance(error, EngineUnavailableError) and error.instead is not None:
        kind, name = error.instead
        line += f" (--{kind} {name})"
    return line


def _parser() -> argparse.ArgumentParser:
    parser = _ArgumentParser(
        prog="cicache",
        description="Simulate GitHub events, tokens and ghcr.io for the image caches of workflows.",
    )
    parser.add_argument(
        "--version", action="version", version=f"cicache {pytest_cicache.__version__}", help="print the version"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", help="what to do")
    _add_simulate(commands.add_parser("simulate", help="run a workflow under an event"))
    _add_plan(commands.add_parser("plan", help="show which jobs events would run, with their tokens"))
    registry = commands.add_parser("registry", help="serve the embedded registry alone, in the foreground")
    registry.add_argument("--port", type=int, default=0, metavar="N", help="the port; one that is free by default")
    registry.add_argument("--storage", type=Path, metavar="DIR", help="keep the content here; in memory by default")
    registry.set_defaults(command=_serve_registry)
    return parser


def _add_repository_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--root", type=Path, default=Path(), metavar="DIR", help="the repository under test")
    parser.add_argument(
        "--repository", default="", metavar="OWNER/NAME", help="its name; its GitHub remote's by default"
    )
    parser.add_argument("--default-branch", default="main", metavar="B", help="its default branch (main)")
    parser.add_argument("--visibility", choices=("public", "private"), default="public", help="who sees it (public)")
    parser.add_argument(
        "--default-permissions", choices=("read", "write"), default="read", help="of its tokens by its settings (read)"
    )
    parser.add_argument(
        "--workflow-source",
        action="append",
        default=[],
        metavar="OWNER/NAME[@REF]=DIR",
        help="where another repository is on disk, whose workflows and actions are called or call; repeatable",
    )
    parser.add_argument("--clock", type=_clock, metavar="ISO", help="the time of the events")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "workflow", help="a path, or the name of a file in .github/workflows; OWNER/NAME/PATH in a --workflow-source"
    )
    parser.add_argument("--event", required=True, metavar="KIND[:k=v,…]|@FILE.json", help="what happens")
    _add_repeatable(parser, "--after", "KIND", "an event that runs first and fills the registry")
    _add_repository_options(parser)
    package = "OWNER/PKG:visibility=…,REPO=write"
    _add_repeatable(parser, "--package", package, "a package that exists already, and who has access")
    parser.add_argument("--job", metavar="ID", help="run only this job and those it needs")
    _add_repeatable(parser, "--matrix", "K=V", "run only the legs with this value")
    _add_repeatable(parser, "--input", "K=V", "an input of the dispatch")
    _add_repeatable(parser, "--var", "K=V", "a variable of the repository")
    _add_repeatable(parser, "--secret", "K=V|*", "a secret of the repository; * gives each one that is named a value")
    stub = "command:NAME=PATH|action:O/N:k=v|step:JOB/STEP:k=v|job:JOB:k=v"
    _add_repeatable(parser, "--stub", stub, "a stand-in for a command, every use of an action, a step, a job")
    parser.add_argument("--opaque-builds", action="store_true", help="treat every build as one step")
    parser.add_argument(
        "--patience", type=float, default=60.0, metavar="SECONDS", help="real time that one script may take (60)"
    )
    parser.add_argument("--strict", action="store_true", help="an assumption is an error")
    parser.add_argument("--runner", default="inprocess", help="what runs the steps: inprocess")
    parser.add_argument("--builder", default="auto", help="what builds: auto, buildx or simulated (auto)")
    registry = "what holds the images: auto, container, embedded or the URL of a running registry (auto)"
    parser.add_argument("--registry", default="auto", help=registry)
    parser.set_defaults(command=_simulate)


def _add_repeatable(parser: argparse.ArgumentParser, name: str, metavar: str, told: str) -> None:
    parser.add_argument(name, action="append", default=[], metavar=metavar, help=f"{told}; repeatable")


def _add_plan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("workflows", nargs="*", metavar="WORKFLOW", help="all of .github/workflows by default")
    _add_repeatable(parser, "--event", "KIND", "an event to plan for; every kind by default")
    _add_repository_options(parser)
    parser.set_defaults(command=_plan)


def _clock(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no time; write 2026-11-24 or 2026-11-24T08:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _simulate(options: argparse.Namespace) -> int:
    from pytest_cicache.simulation import EngineNames, Engines, Simulation

    event, *after = (_event(text) for text in (options.event, *options.after))
    repository = _repository(options)
    sources = _folders(options.workflow_source)
    names = EngineNames(builder=options.builder, registry=options.registry, runner=options.runner)
    with (
        Engines(names) as engines,
        Simulation(
            engines,
            options.root,
            repository,
            clock=options.clock,
            sources=sources,
            opaque_builds=options.opaque_builds,
            strict=options.strict,
            patience=options.patience,
        ) as simulation,
    ):
        asked, workflow = _asked(simulation, options.workflow, sources)
        _prepare(asked, options)
        for earlier in after:
            asked.run(workflow, earlier)
        inputs = dict(_pair(text, "--input") for text in options.input)
        matrix = dict(_pair(text, "--matrix") for text in options.matrix)
        run = asked.run(workflow, event, inputs=inputs, job=options.job, matrix=matrix)
        _check_stubs(options.stub, asked.runs)
        _print_run(run, asked.runs, as_json=options.json)
        for line in [*_advice(run), *(() if options.strict else simulation.unused_stubs)]:
            print(f"cicache: {line}", file=sys.stderr)
    return 0


def _advice(run: Run) -> Iterator[str]:
    """How the command gives a simulation what a run lacked."""
    from pytest_cicache.reporting import absent_packages, unset_secrets

    for package in absent_packages((run,)):
        yield f"{package} does not exist; fill it with --after main_merge, or describe it with --package {package}"
    for name in unset_secrets((run,)):
        yield f"secrets.{name} is not set; give it a value with --secret {name}=VALUE"


def _repository(options: argparse.Namespace) -> Repository:
    from pytest_cicache.simulation import repository_of

    if not options.root.is_dir():
        raise UsageError(f"--root '{options.root}' is not a folder")
    return repository_of(
        options.root,
        options.repository,
        default_branch=options.default_branch,
        visibility=options.visibility,
        default_permissions=options.default_permissions,
    )


def _event(text: str) -> Event:
    from pytest_cicache import events

    if not text.startswith("@"):
        return events.from_text(text)
    file = Path(text[1:])
    try:
        return events.from_mapping(json.loads(file.read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        raise UsageError(f"{file}:{error.lineno}:{error.colno}: {error.msg}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the event file '{file}' cannot be read: {error}") from error


def _prepare(simulation: Simulation, options: argparse.Namespace) -> None:
    for text in options.package:
        _add_package(simulation, text)
    for text in options.var:
        simulation.variable(*_pair(text, "--var"))
    for text in options.secret:
        simulation.secret(*(("*", "") if text == "*" else _pair(text, "--secret")))
    for text in options.stub:
        _add_stub(simulation, text)


def _add_package(simulation: Simulation, text: str) -> None:
    name, _, rest = text.partition(":")
    settings = dict(_pair(part, "--package") for part in rest.split(",") if part)
    visibility, linked = settings.pop("visibility", "private"), settings.pop("linked", None)
    simulation.package(name, visibility=visibility, linked=linked, access=settings)


def _add_stub(simulation: Simulation, text: str) -> None:
    kind, _, rest = text.partition(":")
    name, _, values = rest.partition(":")
    if kind == "command":
        command, path = _pair(rest, "--stub")
        simulation.stub(command, _script(Path(path)))
        return
    outputs = dict(_pair(part, "--stub") for part in values.split(",") if part)
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


def _check_stubs(texts: Sequence[str], runs: Sequence[Run]) -> None:
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


def _script(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the stub '{path}' cannot be read: {error}") from error


def _folders(texts: Sequence[str]) -> dict[str, Path]:
    from pytest_cicache.simulation import source_folders

    try:
        return source_folders(texts, root=Path())
    except UsageError as error:
        raise UsageError(f"--workflow-source {error}") from error


def _asked(simulation: Simulation, workflow: str, sources: Mapping[str, Path]) -> tuple[Simulation, str]:
    """The simulation a workflow belongs to, and its name there: `OWNER/NAME/PATH` is one of a source's."""
    owner, _, rest = workflow.partition("/")
    name, _, path = rest.partition("/")
    names = {source.partition("@")[0].lower() for source in sources}
    if path and f"{owner}/{name}".lower() in names:
        return simulation.caller(f"{owner}/{name}"), path
    return simulation, workflow


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError(f"{option} takes NAME=VALUE, not '{text}'")
    return name, value


def _print_run(run: Run, runs: Sequence[Run], *, as_json: bool) -> None:
    from pytest_cicache.reporting import run_json, run_lines, run_table

    if as_json:
        print(json.dumps(run_json(run), indent=2))
        return
    for line in run_lines(run):
        print(line)
    print()
    for line in run_table(runs):
        print(line)


def _plan(options: argparse.Namespace) -> int:
    from pytest_cicache.events import KINDS
    from pytest_cicache.reporting import plan_json, plan_lines
    from pytest_cicache.simulation import plan_workflows

    plans, unreadable = plan_workflows(
        options.root,
        _repository(options),
        options.workflows,
        [_event(text) for text in options.event or KINDS],
        sources=_folders(options.workflow_source),
        now=options.clock or datetime.now(UTC),
    )
    if options.json:
        print(json.dumps(plan_json(plans), indent=2))
    else:
        print("\n".join(plan_lines(plans)))
    for error in unreadable:
        print(_one_line(error), file=sys.stderr)
    return 2 if unreadable else 0


def _serve_registry(options: argparse.Namespace) -> int:
    from pytest_cicache.engines.registry import serve_registry

    serve_registry(options.port, options.storage)
    return 0
