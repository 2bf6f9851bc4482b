"""From stages to the graph of vertices, as BuildKit's Dockerfile frontend converts them (v0.34.2)."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_cicache.buildkit._files import CopyPlan, copy_actions, make_directory
from pytest_cicache.buildkit._graph import BuildVertex, Target
from pytest_cicache.buildkit._names import StepNames, expanded_name
from pytest_cicache.buildkit._plan import PlannedStage
from pytest_cicache.buildkit._run import RunSettings, run_arguments, run_vertex
from pytest_cicache.buildkit._stage import StageState, apply_setting, join_path
from pytest_cicache.buildkit._vertices import Naming, Vertices
from pytest_cicache.dockerfile import (
    HIDDEN_ARGS,
    Arg,
    Copy,
    Dockerfile,
    Env,
    Environment,
    HereDocument,
    Instruction,
    Mount,
    OnBuild,
    Platform,
    RunInstruction,
    Setting,
    Shell,
    ShellLexer,
    User,
    Workdir,
    global_arguments,
    parse_mount,
)
from pytest_cicache.errors import DockerfileError, UnsupportedError

__all__ = ["CONTEXT", "BuildOptions", "Conversion", "stage_arguments"]

CONTEXT = "context"
"""The name of the main build context among the folders of a build."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What the command line says that changes vertices; `scope` begins the names of the build's own contexts."""

    build_args: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    contexts: Mapping[str, str] = field(default_factory=dict)
    no_cache: bool = False
    no_cache_filters: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    scope: str = ""
    run: RunSettings = field(default_factory=RunSettings)

    def ignores_cache(self, stage_name: str) -> bool:
        """Whether a stage's steps always run."""
        return self.no_cache or stage_name.lower() in {name.lower() for name in self.no_cache_filters}

    @property
    def epoch(self) -> int | None:
        """SOURCE_DATE_EPOCH as seconds."""
        text = self.build_args.get("SOURCE_DATE_EPOCH", "")
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise UnsupportedError(
                f"SOURCE_DATE_EPOCH={text!r} is no number of seconds; the simulation knows no other form"
            ) from None


def stage_arguments(dockerfile: Dockerfile, options: BuildOptions, platform: Platform) -> Environment:
    """The variables that hold before the first FROM."""
    return global_arguments(
        dockerfile.global_args,
        build_args=options.build_args,
        target_stage=options.target or dockerfile.stages[-1].start.name,
        platform=platform,
        lexer=ShellLexer(escape=dockerfile.escape),
    )


class Conversion:
    """Converts the stages of one platform; the vertices may be shared with other platforms."""

    def __init__(
        self,
        dockerfile: Dockerfile,
        options: BuildOptions,
        *,
        arguments: Environment,
        platform: Platform,
        vertices: Vertices,
        with_platform: bool,
    ) -> None:
        self._dockerfile = dockerfile
        self._options = options
        self._arguments = arguments
        self._platform = platform
        self._vertices = vertices
        self._with_platform = with_platform
        self._lexer = ShellLexer(escape=dockerfile.escape)
        self.steps: list[BuildVertex] = []

    def target(self, stage: PlannedStage) -> Target:
        """The finished stage as a target of the build."""
        state = stage.state
        assert state is not None
        state.labels.update(self._options.labels)
        return Target(platform=self._platform, vertex=state.vertex, config=state.config())

    def convert(self, stage: PlannedStage) -> None:
        """Turn a stage whose base and sources are done into vertices; its state tells the result."""
        assert stage.state is not None
        step = _StageConversion(self, stage, stage.state)
        step.state.begin()
        for index, item in enumerate(stage.instructions):
            try:
                step.convert(index, item)
            except DockerfileError as error:
                raise error.at(item.line, item.end) from None

    def names(self, stage: PlannedStage) -> StepNames:
        """The numbering of a stage's steps."""
        return StepNames(stage.shown_name, stage.steps, with_platform=self._with_platform)

    @property
    def options(self) -> BuildOptions:
        """What the command line says."""
        return self._options

    @property
    def vertices(self) -> Vertices:
        """Where vertices are made."""
        return self._vertices

    @property
    def lexer(self) -> ShellLexer:
        """How words of this Dockerfile are read."""
        return self._lexer

    @property
    def arguments(self) -> Environment:
        """The variables before the first FROM."""
        return self._arguments

    def place(self, item: Instruction) -> str:
        """Where an instruction stands, for messages."""
        return f"{self._dockerfile.path}:{item.line}"


class _StageConversion:
    """One stage being converted."""

    def __init__(self, owner: Conversion, stage: PlannedStage, state: StageState) -> None:
        self.owner = owner
        self.stage = stage
        self.state = state
        self.names = owner.names(stage)
        # a context in place of the base counts as a step, but takes no number
        if stage.base is None and stage.base_name != "scratch" and not stage.is_replaced:
            self.names.next("FROM", state.platform, {})
        self.ignores_cache = owner.options.ignores_cache(stage.start.name)

    def convert(self, index: int, item: Instruction) -> None:
        """Convert one instruction."""
        if isinstance(item, RunInstruction):
            self._run(index, item)
        elif isinstance(item, Copy):
            self._copy(index, item)
        elif isinstance(item, Workdir):
            self._workdir(index, item)
        elif isinstance(item, Arg):
            self._arg(item)
        else:
            self._set(item)

    def _set(self, item: Instruction) -> None:
        """Take in what makes no step."""
        if isinstance(item, Env):
            for name, value in [(self._word(name), self._word(value)) for name, value in item.pairs]:
                self.state.set_variable(name, value)
        elif isinstance(item, User):
            self.state.user = self._word(item.name)
        elif isinstance(item, Shell):
            self.state.shell = item.words
        elif isinstance(item, Setting):
            self._setting(item)
        elif isinstance(item, OnBuild):
            self.state.triggers += (item.trigger,)

    def _word(self, text: str) -> str:
        return self.owner.lexer.word(text, self.state.variables)

    def _naming(self, index: int, item: Instruction, name: str, *, ignores_cache: bool) -> Naming:
        # the frontend knows no platform for a RUN on nothing
        platform = None if isinstance(item, RunInstruction) and not self.state.is_from_image else self.state.platform
        shown = self.names.next(name, platform, self.state.variables, triggered=index < self.stage.triggered)
        return Naming(name=shown, is_step=True, ignores_cache=ignores_cache, line=item.line, end=item.end)

    def _done(self, vertex: BuildVertex) -> None:
        self.state.vertex = vertex
        if vertex.is_step:
            self.owner.steps.append(vertex)

    def _setting(self, item: Setting) -> None:
        if item.keyword == "LABEL":
            self.state.labels.update((self._word(name), self._word(value)) for name, value in item.pairs)
            return
        expands = item.keyword in {"VOLUME", "STOPSIGNAL", "EXPOSE"}
        words = tuple(self._word(word) for word in item.words) if expands else item.words
        apply_setting(self.state, item, words)

    def _arg(self, item: Arg) -> None:
        build_args = self.owner.options.build_args
        for name, default in item.pairs:
            value = build_args.get(name)
            if value is None and default is None:
                value = self.owner.arguments.get(name)
            elif value is None and default is not None:
                value = self._word(default)
            if value is not None and name not in HIDDEN_ARGS:
                self.state.variables.put(name, value)

    def _workdir(self, index: int, item: Workdir) -> None:
        path = join_path(self.state.directory, self._word(item.path))
        self.state.directory = path
        if path == "/":
            return
        name = expanded_name(item.source, self.state.variables, self.owner.lexer)
        # the frontend forgets to mark WORKDIR, so --no-cache does not touch it by itself
        naming = self._naming(index, item, name, ignores_cache=False)
        absolute = "/" + posixpath.normpath(path).lstrip("/")
        action = make_directory(absolute, self.state.user, self.state.vertex, self.owner.options.epoch)
        self._done(self.owner.vertices.files(self.state.vertex, (action,), naming))

    def _copy(self, index: int, item: Copy) -> None:
        copy = self._expanded_copy(item)
        source = self._source(index, 0, item) if item.from_ else self._context()
        plan = CopyPlan(
            copy=copy,
            source=source,
            directory=self.state.directory,
            base=self.state.vertex,
            place=self.owner.place(item),
        )
        actions = copy_actions(plan, self.owner.vertices)
        name = expanded_name(item.source, self.state.variables, self.owner.lexer)
        naming = self._naming(index, item, name, ignores_cache=self.ignores_cache)
        if not (copy.link and not copy.chmod):
            self._done(self.owner.vertices.files(self.state.vertex, actions, naming))
            return
        linked = self.owner.vertices.files(None, actions, naming)
        if self.state.vertex is None:
            self._done(linked)
            return
        self._done(linked)
        head, _, tail = naming.name.partition("] ")
        merged = Naming(name=f"{head}] LINK {tail}", ignores_cache=self.ignores_cache, line=item.line)
        self.state.vertex = self.owner.vertices.merge((plan.base, linked), merged) if plan.base else linked

    def _expanded_copy(self, item: Copy) -> Copy:
        return Copy(
            source=item.source,
            line=item.line,
            end=item.end,
            is_add=item.is_add,
            sources=tuple(self._word(path) for path in item.sources),
            contents=tuple(self._expanded_document(document) for document in item.contents),
            destination=self._word(item.destination),
            from_=item.from_,
            chown=self._word(item.chown),
            chmod=self._word(item.chmod),
            link=item.link,
            parents=item.parents,
            excludes=item.excludes,
            unpack=item.unpack,
            checksum=item.checksum,
        )

    def _expanded_document(self, document: HereDocument) -> HereDocument:
        content = document.content
        if document.expand:
            content = ShellLexer(escape="\\", ignore_quotes=True).word(content, self.state.variables)
        return HereDocument(name=document.name, expand=document.expand, chomp=document.chomp, content=content)

    def _context(self) -> BuildVertex:
        return self.owner.vertices.local(self.owner.options.scope + CONTEXT, "[internal] load build context")

    def _source(self, index: int, number: int, item: Instruction) -> BuildVertex | None:
        source = self.stage.sources[index, number]
        if source.state is None:
            if isinstance(item, Copy):
                raise DockerfileError(
                    f'cannot copy from stage "{item.from_}", it needs to be defined before current stage '
                    f'"{self.stage.shown_name}"'
                )
            raise DockerfileError("cannot mount from a stage that is defined after the current command")
        return source.state.vertex

    def _run(self, index: int, item: RunInstruction) -> None:
        mounts = [self._mount(index, number, text, item) for number, text in enumerate(item.mounts)]
        masked = Environment(self.state.variables)
        for mount, _ in mounts:
            if mount.type == "secret" and mount.env is not None:
                masked.put(mount.env, "****")
        _, _, shown = run_arguments(item, self.state)
        printer = ShellLexer(escape=self.owner.lexer.escape, raw_quotes=True, raw_escapes=True, keep_unset=True)
        name = expanded_name(item.source + shown, masked, printer)
        naming = self._naming(index, item, name, ignores_cache=self.ignores_cache)
        run = self.owner.options.run
        self._done(run_vertex(item, self.state, mounts, run, naming, self.owner.vertices))

    def _mount(self, index: int, number: int, text: str, item: RunInstruction) -> tuple[Mount, BuildVertex | None]:
        mount = parse_mount(text, self._word)
        if mount.type in {"secret", "ssh", "tmpfs"}:
            return mount, None
        if mount.from_:
            return mount, self._source(index, number, item)
        return mount, None if mount.type == "cache" else self._context()
