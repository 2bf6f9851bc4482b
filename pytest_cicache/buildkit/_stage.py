"""What a stage has built up so far: its last vertex, its variables, its image configuration."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from pytest_cicache.buildkit._graph import BuildVertex, ImageConfig
from pytest_cicache.dockerfile import Environment, Platform, Setting
from pytest_cicache.errors import DockerfileError

__all__ = ["StageState", "apply_setting", "join_path"]

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SIGNAL = re.compile(
    r"[1-9]\d*|(SIG)?(ABRT|ALRM|BUS|CHLD|CLD|CONT|FPE|HUP|ILL|INT|IO|IOT|KILL|PIPE|POLL|PROF|PWR|QUIT|SEGV|STKFLT|STOP"
    r"|SYS|TERM|TRAP|TSTP|TTIN|TTOU|URG|USR1|USR2|VTALRM|WINCH|XCPU|XFSZ|RTMIN(\+\d+)?|RTMAX(-\d+)?)"
)
DEFAULT_SHELL = ("/bin/sh", "-c")


@dataclass(slots=True, kw_only=True)
class StageState:
    """The state of one stage; `variables` hold ENV and ARG, `image_variables` only what the image keeps.

    `is_from_image` is false for a stage that began with nothing.
    """

    platform: Platform
    vertex: BuildVertex | None = None
    variables: Environment = field(default_factory=Environment)
    image_variables: Environment = field(default_factory=Environment)
    directory: str = ""
    user: str = ""
    shell: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str = ""
    triggers: tuple[str, ...] = ()
    has_own_command: bool = False
    is_from_image: bool = False

    @classmethod
    def of_image(cls, vertex: BuildVertex | None, config: ImageConfig, platform: Platform) -> StageState:
        """The state a stage begins with on an image."""
        state = cls(platform=platform, vertex=vertex, is_from_image=True)
        for line in config.environment:
            name, _, value = line.partition("=")
            state.image_variables.put(name, value)
        state.directory, state.user, state.shell = config.working_directory, config.user, config.shell
        state.labels = dict(config.labels)
        state.command, state.entrypoint = config.command, config.entrypoint
        state.exposed, state.volumes = config.exposed, config.volumes
        state.stop_signal = config.stop_signal
        return state

    def child(self) -> StageState:
        """The state a stage begins with that is built on this one."""
        return StageState(
            platform=self.platform,
            vertex=self.vertex,
            variables=Environment(self.variables),
            image_variables=Environment(self.image_variables),
            directory=self.directory,
            user=self.user,
            shell=self.shell,
            labels=dict(self.labels),
            command=self.command,
            entrypoint=self.entrypoint,
            exposed=self.exposed,
            volumes=self.volumes,
            stop_signal=self.stop_signal,
            is_from_image=self.is_from_image,
        )

    def begin(self) -> None:
        """Make the image's variables count; PATH is always set."""
        if "PATH" not in self.image_variables:
            self.image_variables.put("PATH", DEFAULT_PATH)
        for name, value in self.image_variables.items():
            self.variables.put(name, value)

    def set_variable(self, name: str, value: str) -> None:
        """ENV: for later steps and for the image; in the image a variable keeps its place."""
        self.variables.put(name, value)
        self.image_variables[name] = value

    def in_shell(self, text: str) -> tuple[str, ...]:
        """The words a shell-form command runs as."""
        return (*(self.shell or DEFAULT_SHELL), text)

    def config(self) -> ImageConfig:
        """The image configuration."""
        return ImageConfig(
            environment=self.image_variables.lines(),
            working_directory=self.directory,
            user=self.user,
            labels=dict(self.labels),
            command=self.command,
            entrypoint=self.entrypoint,
            exposed=self.exposed,
            volumes=self.volumes,
            shell=self.shell,
            stop_signal=self.stop_signal,
            triggers=self.triggers,
        )


def join_path(parent: str, path: str) -> str:
    """Make a path absolute below `parent`; an absolute one stays as it is."""
    if path.startswith("/"):
        return path
    return _go_join(parent or "/", path)


def apply_setting(state: StageState, setting: Setting, words: tuple[str, ...]) -> None:
    """Record CMD, ENTRYPOINT, EXPOSE, VOLUME, STOPSIGNAL in the image configuration."""
    command = words if setting.exec_form else state.in_shell(" ".join(words))
    if setting.keyword == "CMD":
        state.command, state.has_own_command = command, True
    elif setting.keyword == "ENTRYPOINT":
        state.entrypoint = command
        state.command = state.command if state.has_own_command else ()
    elif setting.keyword == "EXPOSE":
        ports = (word if "/" in word else f"{word}/tcp" for word in words)
        state.exposed = tuple(sorted({*state.exposed, *ports}))
    elif setting.keyword == "VOLUME":
        state.volumes = tuple(sorted({*state.volumes, *words}))
    elif setting.keyword == "STOPSIGNAL":
        if not _SIGNAL.fullmatch(words[0].upper()):
            raise DockerfileError(f"invalid signal: {words[0]}")
        state.stop_signal = words[0]


def _go_join(*parts: str) -> str:
    joined = posixpath.normpath("/".join(part for part in parts if part))
    return "/" + joined.lstrip("/") if joined.startswith("//") else joined
