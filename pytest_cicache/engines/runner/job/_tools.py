"""The commands a step may run: harmless tools for real, the simulation's own, a stand-in for all others."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_cicache.engines.runner.job._machine import Machine

__all__ = ["Tools", "install_shim", "shim_text"]

# What a step may run for real: tools that only read and write its own files.
_HARMLESS = """
[ arch awk base32 base64 basename bash bc bunzip2 bzcat bzip2 cat chmod chown cksum clear cmp column comm cp csplit cut
dd df diff diff3 dirname du echo egrep env envsubst expand expr factor false fgrep file find flock fmt fold gawk getconf
getopt gettext grep groups gunzip gzip head hexdump hostname iconv id install join kill less link ln locale logname ls
lscpu mawk md5sum mkdir mkfifo mktemp more mv nice nl nohup nproc numfmt od paste patch pathchk perl pgrep pr printenv
printf ps pwd readlink realpath rename rev rm rmdir sed seq sh sha1sum sha224sum sha256sum sha384sum sha512sum shasum
shuf sort split stat stdbuf strings sum sync tac tail tar tee test time touch tput tr tree true truncate ts tsort tty
uname unexpand uniq unlink unxz unzip unzstd uuidgen vdir wc which whoami xargs xxd xz xzcat yes yq zcat zgrep zip zstd
zstdcat
"""
HARMLESS = frozenset(_HARMLESS.split())
# Those that scripts use most: a link to the command itself starts faster than a script that looks for it.
_MOST_USED = """
awk basename bash cat chmod cp cut dirname env find grep head id ls mkdir mktemp mv printf readlink
realpath rm sed sh sort tail tar tee test touch tr uname uniq wc xargs
"""
_DIRECT = frozenset(_MOST_USED.split())
PYTHONS = ("python", "python3")
_BEHIND = ("date", "git", "jq", "python3", "timeout")
OURS = ("date", "docker", "git", "jq", "sleep", "ssh", "timeout")
# The docker command under other names: clients of registries.
REGISTRY_TOOLS = ("crane", "oras", "regctl", "skopeo")
# Likewise, clients of GitHub's API; what else they do is stubbed.
API_TOOLS = ("curl", "gh")
# Stubbed even where this machine lacks them, so that a script does the same on every machine.
# What Ubuntu's image has: https://github.com/actions/runner-images (images/ubuntu/Ubuntu2404-Readme.md).
_USUAL = """
ansible ansible-playbook ant apt apt-cache apt-get aria2c aws az azcopy bazel bazelisk bicep brew buildah bundle bundler
bun cargo clang clang-format cmake composer corepack cosign ctest deno dig dnf docker-compose dotnet dpkg dpkg-deb
dpkg-query eksctl fastlane firefox g++ gcc gcloud gem gfortran go google-chrome gpg gradle hadolint helm hg host hub
ifconfig ip jar java javac journalctl julia kind kotlinc kubectl kustomize lsb_release make mamba mediainfo minikube
mvn mysql nc netstat newman ninja node npm npx nslookup nvm openssl packer parallel perldoc php phpunit ping pip pip3
pipx pkg-config pnpm podman poetry psql pulumi pwsh pytest Rscript R rake rsync ruby rustc rustfmt rustup sbt scp
service sftp shellcheck snap socat sqlite3 ssh-add ssh-agent ssh-keygen ssh-keyscan sshpass sudo svn swift systemctl
telnet terraform tox uv uvx virtualenv wget xvfb-run yamllint yarn yum
"""
# Shell code that git's scripts read in.
_READ_BY_SCRIPTS = frozenset(["git-mergetool--lib", "git-parse-remote", "git-sh-i18n", "git-sh-prompt", "git-sh-setup"])
USUAL = frozenset(_USUAL.split())


@dataclass(frozen=True, slots=True)
class Tools:
    """The folders that make up a step's PATH, below `directory`, shared by every job of a session.

    `commands` holds the docker command and the clock, `harmless` the allowed tools, `stubs` a stand-in for
    every other command of the machine, `stub` is that stand-in; `git_core` holds git's own programs, with ours for
    addresses on github.com; `real` are the commands of the machine behind ours, by name.
    """

    directory: Path
    machine: Machine
    real: Mapping[str, str]

    @property
    def commands(self) -> Path:
        """Ours."""
        return self.directory / "commands"

    @property
    def harmless(self) -> Path:
        """The tools that run for real."""
        return self.directory / "harmless"

    @property
    def stubs(self) -> Path:
        """The stand-in, under every other name."""
        return self.directory / "stubs"

    @property
    def git_core(self) -> Path:
        """What git starts beside itself."""
        return self.directory / "git-core"

    @property
    def stub(self) -> Path:
        """The stand-in itself, whatever it stands for."""
        return self.stubs / ".stub"

    @classmethod
    def make(cls, directory: Path, machine: Machine) -> Tools:
        """Lay the folders out for a machine."""
        found = machine.commands
        lacks = {name for name in _BEHIND if machine.which(name) is None}
        real = {name: machine.which(name) or name for name in _BEHIND}
        tools = cls(directory, machine, {**real, "python3": found.get("python3", "python3")})
        for folder in (tools.commands, tools.harmless, tools.stubs, tools.git_core):
            folder.mkdir(parents=True)
        ours = [name for name in OURS if name not in lacks]
        for name in ours:
            install_shim("git-remote" if name == "ssh" else name, tools.commands / name, machine)
        _install_git_core(machine, tools.git_core)
        for name in HARMLESS & found.keys() & _DIRECT:
            (tools.harmless / name).symlink_to(found[name])
        install_shim("real", tools.harmless / ".real", machine, folders=_quoted(machine.folders))
        install_shim("python", tools.harmless / ".python", machine)
        install_shim("stub", tools.stub, machine)
        pythons = () if "python3" in lacks else PYTHONS
        _stand_in(tools.harmless / ".real", HARMLESS & found.keys() - _DIRECT)
        _stand_in(tools.harmless / ".python", pythons)
        _stand_in(tools.commands / "docker", (*REGISTRY_TOOLS, *API_TOOLS))
        own = (HARMLESS & found.keys()) | {*ours, *REGISTRY_TOOLS, *API_TOOLS, *pythons}
        _stand_in(tools.stub, (found.keys() | USUAL | HARMLESS | {*OURS, *PYTHONS}) - own)
        return tools

    def path(self, *first: Path | str) -> str:
        """PATH with some folders before the session's own."""
        return os.pathsep.join(map(str, (*first, self.commands, self.harmless, self.stubs)))


def _stand_in(script: Path, names: Iterable[str]) -> None:
    """Give a script more names beside its own, by which it is started.

    Names of one file cost a file system next to nothing, where a thousand links of their own cost it a second.
    """
    for name in names:
        try:
            os.link(script, script.with_name(name))
        except OSError:
            # No such names on this file system, or no more of them.
            os.symlink(script.name, script.with_name(name))


def _install_git_core(machine: Machine, folder: Path) -> None:
    """Lay out the programs that git starts beside itself, with one of ours for addresses on github.com."""
    core = Path(machine.git_core)
    install_shim("git-remote", folder / "git-remote-https", machine, core=shlex.quote(str(core)))
    _stand_in(folder / "git-remote-https", ["git-remote-http"])
    install_shim("core", folder / ".core", machine, core=shlex.quote(str(core)))
    read = machine.git_programs & _READ_BY_SCRIPTS
    for name in read:
        (folder / name).symlink_to(core / name)
    _stand_in(folder / ".core", machine.git_programs - read - {"git", "git-remote-http", "git-remote-https"})


def install_shim(name: str, target: Path, machine: Machine, **values: str) -> None:
    """Copy a shell script of ours, for the shell of the machine; `@NAME@` in it becomes a value."""
    text = shim_text(name)
    shell = text.partition("\n")[0].rpartition("/")[2]
    text = text.replace(f"#!/bin/{shell}", f"#!{machine.which(shell) or f'/bin/{shell}'}", 1)
    for key, value in values.items():
        text = text.replace(f"@{key.upper()}@", value)
    target.write_text(text, encoding="utf-8")
    target.chmod(target.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def shim_text(name: str) -> str:
    """A shell script of ours."""
    return (Path(__file__).parent.parent / "shims" / name).read_text(encoding="utf-8")


def _quoted(words: Iterable[str]) -> str:
    return " ".join(map(shlex.quote, words))
