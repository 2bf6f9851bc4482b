"""The curl and gh of a job's steps, where they call GitHub's API."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from pytest_cicache.engines import DockerCall
from pytest_cicache.errors import UnsupportedError
from pytest_cicache.githubapi import API_URL, Elsewhere, GitHubApi, ToolEnd, ToolWorld, run_curl, run_gh

__all__ = ["ApiCommand"]

_TOOLS = {"curl": run_curl, "gh": run_gh}


class ApiCommand:
    """Carries calls out; `url` is where the API stands for other clients of the job."""

    def __init__(self, api: GitHubApi, url: str) -> None:
        self._api = api
        self._url = url

    async def __call__(self, call: DockerCall) -> int:
        """Answer one command; what does not call the API is left to the stand-in for it."""
        stdin = await call.stdin() if _reads_stdin(call) else b""
        world = ToolWorld(
            answer=self._api.answer,
            environment=call.environment,
            read=lambda name: stdin if name == "-" else (call.directory / name).read_bytes(),
            bases=(API_URL, self._url),
        )
        try:
            end = _TOOLS[call.command](call.arguments, world)
        except OSError as error:
            call.stderr(f"{call.command}: {error.filename}: {error.strerror}")
            return 1
        except (Elsewhere, UnsupportedError) as why:
            if isinstance(why, UnsupportedError):
                call.stderr(f"cicache: {why}")
            # The command looks for its stand-in.
            call.write("s", "")
            return 0
        return await _give(call, end)


def _reads_stdin(call: DockerCall) -> bool:
    return any(word in ("@-", "-d@-", "--input=-") or word.endswith("=@-") for word in call.arguments) or (
        "--input" in call.arguments and "-" in call.arguments
    )


async def _give(call: DockerCall, end: ToolEnd) -> int:
    status, stdout = end.status, end.stdout
    if end.jq is not None:
        status, stdout, complaint = await _filtered(end.jq, stdout)
        if status:
            call.stderr(complaint)
    for name, content in end.files.items():
        if name == "-":
            stdout += content
        elif name != "/dev/null":
            await asyncio.to_thread(_write, call.directory / name, content)
    if stdout:
        await call.emit(stdout)
    if end.stderr:
        call.stderr(end.stderr)
    return status


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


async def _filtered(text: str, document: bytes) -> tuple[int, bytes, str]:
    """What jq makes of a document: texts raw, everything else on one line, as gh prints it."""
    jq = shutil.which("jq")
    if jq is None:
        raise UnsupportedError("'gh --jq' takes jq, which this machine lacks")
    process = await asyncio.create_subprocess_exec(
        jq,
        "-rc",
        text,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    stdout, stderr = await process.communicate(document)
    return int(bool(process.returncode)), stdout, stderr.decode(errors="replace").strip()
