"""Which process of this machine is at the other end of a connection. Linux alone."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def caller(server_port: int, client_port: int) -> int:
    """The id of the process that opened a connection on IPv4 loopback.

    Args:
        server_port: the port that it connected to.
        client_port: the port that it connected from.

    Raises:
        LookupError: there is no such connection, or its process is another user's.
    """
    inode = _inode(server_port, client_port)
    for process, socket in _sockets():
        if socket == f"socket:[{inode}]":
            return process
    raise LookupError(f"no process of this user's has the connection from port {client_port} to {server_port} open")


def _inode(server_port: int, client_port: int) -> str:
    """Of the caller's socket. Source: proc_net_tcp in the kernel's documentation: ports are in hexadecimal."""
    for line in (_PROC / "net" / "tcp").read_text().splitlines()[1:]:
        _, local, remote, *_, inode = line.split()[:10]
        if local.endswith(f":{client_port:04X}") and remote.endswith(f":{server_port:04X}"):
            return inode
    raise LookupError(f"there is no connection from port {client_port} to {server_port}")


def _sockets() -> Iterator[tuple[int, str]]:
    """What the open files of each process are."""
    for process in _PROC.iterdir():
        if process.name.isdigit():
            with suppress(OSError):  # it has just ended, or is another user's
                for open_file in (process / "fd").iterdir():
                    with suppress(OSError):
                        yield int(process.name), str(open_file.readlink())
