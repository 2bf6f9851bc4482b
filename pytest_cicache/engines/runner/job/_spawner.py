"""The program that starts a job's scripts: `python -I -S _spawner.py FD APART`, with nothing in its environment.

A script may look at the process it was started by (`/proc/$PPID/environ`), which so shows nothing of the person who
runs the simulation. It talks over the socket FD, in messages of a length and marshalled tuples, and ends with it, and
then everything it started does. It runs before anything is imported, so it does without the modules that take long.

In: `(number, argv, directory, variables)` with a file descriptor for both output streams, the variables as in
`/proc/PID/environ`; `(number,)` to kill that one, `(0,)` to kill all that still runs; `(-1, group)` tells of a process
group that one of them began, which ends with the others, `(-2, process)` kills one process with its children.
Out: `(number, "began", pid)`, `(number, "failed", errno, is_directory)`, `(number, "ended", wait status, leaves)`:
whether processes of its group still run; `(0, "emptied", is_empty)`: whether no process is left where they are apart.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]
import _socket as socket
import errno
import marshal
import os
import select
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LENGTH = 4
_OURS = 2
_DEFAULT_SIGNALS = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD)
KNOW, KILL = -1, -2


def send(connection: socket.socket, message: tuple[Any, ...]) -> None:
    """Send one message; nobody may be there any more."""
    body = marshal.dumps(message)
    data = len(body).to_bytes(_LENGTH, sys.byteorder) + body
    while data:
        data = data[connection.send(data) :]


def receive(connection: socket.socket) -> tuple[tuple[Any, ...], int | None] | None:
    """Receive one message and the descriptor that came with it; `None` at the end."""
    head, ancillary, _, _ = connection.recvmsg(_LENGTH, socket.CMSG_SPACE(_LENGTH))
    if not head:
        return None
    passed = [int.from_bytes(data[:_LENGTH], sys.byteorder) for _, _, data in ancillary]
    head += _rest(connection, _LENGTH - len(head))
    body = _rest(connection, int.from_bytes(head, sys.byteorder))
    return marshal.loads(body), (passed[0] if passed else None)  # noqa: S302 - our own process sent it


def _rest(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def start(argv: list[bytes], directory: bytes, environment: dict[bytes, bytes], output: int) -> tuple[int, Any]:
    """Start a program in a session of its own; gives its process, or 0 and why it could not start."""
    try:
        os.chdir(directory)
    except OSError as error:
        return 0, (error.errno, True)
    try:
        return _execute(argv, environment, output), None
    except OSError as error:
        return 0, (error.errno, False)
    finally:
        os.chdir("/")


def _execute(argv: list[bytes], environment: dict[bytes, bytes], output: int) -> int:
    """Look the program up as a shell does, by the PATH it will have; raises OSError."""
    folders = [b""] if b"/" in argv[0] else environment.get(b"PATH", b"").split(b":")
    failure = OSError(errno.ENOENT, "")
    streams = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        *((os.POSIX_SPAWN_DUP2, output, to) for to in (1, 2)),
    ]
    for program in (os.path.join(folder, argv[0]) for folder in folders):
        if not os.path.exists(program):
            continue
        try:
            return os.posix_spawn(
                program, argv, environment, file_actions=streams, setsid=True, setsigdef=_DEFAULT_SIGNALS
            )
        except OSError as error:
            failure = error
    raise failure


def serve(connection: socket.socket) -> None:
    """Start, kill and await programs until nobody asks any more."""
    wakened, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    running: dict[int, int] = {}
    groups: set[int] = set()
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    poll.register(wakened, select.POLLIN)
    try:
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if wakened in ready:
                os.read(wakened, 4096)
                _tell_ends(connection, running, groups)
            if connection.fileno() in ready:
                request = receive(connection)
                if request is None:
                    return
                _carry_out(connection, request, running, groups)
    finally:
        for group in groups:
            kill(group)


def _carry_out(
    connection: socket.socket,
    request: tuple[tuple[Any, ...], int | None],
    running: dict[int, int],
    groups: set[int],
) -> None:
    message, output = request
    number = message[0]
    if number == 0:
        send(connection, (0, "emptied", _empty(running, groups)))
        return
    if number == KNOW:
        groups.add(message[1])
        return
    if number == KILL:
        _kill_tree(message[1])
        return
    if output is None:
        for process, known in running.items():
            if known == number:
                kill(process)
        return
    os.set_inheritable(output, False)
    _, argv, directory, variables = message
    environment = dict(variable.split(b"=", 1) for variable in variables.split(b"\0") if variable)
    process, failure = start(argv, directory, environment, output)
    os.close(output)
    if failure is not None:
        send(connection, (number, "failed", *failure))
        return
    running[process] = number
    groups.add(process)
    send(connection, (number, "began", process))


def _tell_ends(connection: socket.socket, running: dict[int, int], groups: set[int]) -> None:
    for process in list(running):
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            leaves = _is_alive(process)
            if not leaves:
                groups.discard(process)
            send(connection, (running.pop(process), "ended", status, leaves))


def _empty(running: dict[int, int], groups: set[int]) -> bool:
    """Kill all groups; tells whether that leaves none but this process and the one that is the first of its space."""
    for group in groups:
        kill(group)
    while running:
        os.waitpid(running.popitem()[0], 0)
    groups.clear()
    return not is_apart() or sum(name.isdigit() for name in os.listdir("/proc")) <= _OURS


def is_apart() -> bool:
    """Whether this process was started among no others."""
    return sys.argv[2] != "0"


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def kill(group: int) -> None:
    """End a process group; fine when it has ended."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _kill_tree(process: int) -> None:
    """End a process and what it waits for, but not the group they share with the one that waits for it."""
    children = _children(process)
    try:
        os.kill(process, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
    for child in children:
        _kill_tree(child)


def _children(process: int) -> list[int]:
    """As Linux tells them; none where nobody tells."""
    try:
        with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


if __name__ == "__main__":
    # What it starts must not hold it open.
    os.set_inheritable(int(sys.argv[1]), False)
    os.umask(0o022)
    _connection = socket.socket(fileno=int(sys.argv[1]))
    try:
        serve(_connection)
    except (EOFError, ConnectionError):
        sys.exit(1)
