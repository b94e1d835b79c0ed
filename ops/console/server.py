"""`console`: serves the console of a stage on loopback, with the operator's own credentials, until Ctrl-C."""

import secrets
import socket
import webbrowser
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from threading import Event, Thread

from rich.text import Text
from waitress.server import create_server

from ops.console.access import HOST, AccessControl
from ops.console.app import HTMX, LARGEST_FORM, application
from ops.console.context import ConsoleContext
from ops.console.refresh import Poller
from ops.console.snapshot import StageCache
from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.output import console as out
from ops.terminal.output import notes
from schemas.names import MessagingOutput

_CLIENTS = ("cloudformation", "cloudwatch", "logs", "sqs", "sts")
_THREADS = 8
_LARGEST_HEADER = 32 * 1024
"""Bytes."""

_LONGEST_END = 5
"""Seconds that the thread that serves has to close what it waits on; it takes a moment."""


def serve(stage: DeployedStage, *, port: int, browse: bool) -> bool:
    """Serve until a signal comes; then put back whatever is in hand.

    Args:
        stage: whose console it is.
        port: of loopback; 0 for any that is free.
        browse: whether a browser is to be opened.

    Raises:
        OperatorError: there is no such stage here, AWS refuses, or the port is taken.
    """
    with serving(stage, port=port) as (desk, thread):
        out.print(Text.assemble(f"Console of stage {stage.name}: ", (desk.gate.address, "bold")), soft_wrap=True)
        notes.print("Open it on this machine; the key in it is this run's alone. Ctrl-C ends it.", style="dim")
        if browse and not webbrowser.open(desk.gate.address):
            notes.print("No browser could be opened here.", style="dim")
        thread.join()
    return True


@contextmanager
def serving(stage: DeployedStage, *, port: int = 0) -> Iterator[tuple[ConsoleContext, Thread]]:
    """Serve meanwhile; gives the desk, and the thread that serves.

    Raises:
        OperatorError: there is no such stage here, AWS refuses, or the port is taken.
    """
    who, region = _ready(stage)
    with closing(_socket(port)) as listening:
        board = StageCache(stage, _now)
        watch = Poller(board.look)
        desk = ConsoleContext(
            stage=stage,
            who=who,
            region=region,
            gate=AccessControl(listening.getsockname()[1], secrets.token_urlsafe(24)),
            board=board,
            asked=watch.asked,
            now=_now,
        )
        server = create_server(
            application(desk),
            sockets=[listening],
            threads=_THREADS,
            ident="",
            max_request_header_size=_LARGEST_HEADER,
            max_request_body_size=LARGEST_FORM,
        )
        thread = Thread(target=server.run, name="console", daemon=True)
        thread.start()
        with watch.running():
            try:
                yield desk, thread
            finally:
                desk.works.end()
                closed = Event()

                def close() -> None:
                    server.close()
                    closed.set()

                # In the thread that waits on what is closed; one socket makes a server that has a trigger.
                server.trigger.pull_trigger(close)  # type: ignore[union-attr]
                server.task_dispatcher.shutdown()
                if thread.is_alive():
                    closed.wait(_LONGEST_END)  # or its socket would be closed under its feet


def _ready(stage: DeployedStage) -> tuple[str, str]:
    """Who asks and where; what is wrong with the stage or the credentials is said in the terminal, at once."""
    if not HTMX.exists():
        raise OperatorError("the pages' htmx is not installed: run `make setup`")
    for service in _CLIENTS:  # made here: boto3 makes none in threads safely
        stage.client(service)
    stage.output("Messaging", MessagingOutput.INGRESS_QUEUE_URL)
    with aws_failures_as_sentences():
        sts = stage.client("sts")
        return str(sts.get_caller_identity()["Arn"]), str(sts.meta.region_name)


def _socket(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise OperatorError(
            f"the console cannot listen on port {port} of {HOST}: {error.strerror or error}. Is one running already? "
            "Give another --port, or 0 for any that is free"
        ) from None
    return listening


def _now() -> datetime:
    return datetime.now(UTC)
