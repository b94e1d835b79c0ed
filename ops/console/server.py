"""`console`: serve the console of a stage on loopback, with the operator's credentials, until Ctrl-C."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime
from threading import Event, Thread

from rich.text import Text
from waitress.server import create_server

from ops.console.access import HOST, AccessControl
from ops.console.app import HTMX, MAX_FORM_BYTES, application
from ops.console.browser import opened
from ops.console.context import ConsoleContext
from ops.console.refresh import Poller
from ops.console.snapshot import StageCache
from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.interrupts import abandoning_threads
from ops.terminal.output import console as out
from ops.terminal.output import notes

_CLIENTS = ("cloudwatch", "dynamodb", "lambda", "logs", "sqs", "sts")
_THREADS = 8
_MAX_HEADER_BYTES = 32 * 1024

_CLOSE_SECONDS = 5
"""Time limit for the server thread to close its sockets; normally it needs a moment."""


def serve(stage: DeployedStage, *, port: int, browse: bool) -> bool:
    """Serve until a signal arrives; then release every lease on dead letters.

    Args:
        stage: stage that the console shows.
        port: port on loopback; 0 for any free one.
        browse: whether to open a browser.

    Raises:
        OperatorError: there is no such stage here, AWS refuses, or the port is taken.
    """
    with abandoning_threads(), serving(stage, port=port) as (context, thread):
        out.print(Text.assemble(f"Console of stage {stage.name}: ", (context.access.address, "bold")), soft_wrap=True)
        notes.print(
            "Open this address on this machine; its key is valid for this run only. Ctrl-C ends it.", style="dim"
        )
        with opened(context.access.one_time_address()) if browse else nullcontext(True) as is_open:
            if not is_open:
                notes.print("No browser could be opened here.", style="dim")
            thread.join()
    return True


@contextmanager
def serving(stage: DeployedStage, *, port: int = 0) -> Iterator[tuple[ConsoleContext, Thread]]:
    """Serve inside the block; yield the context and the server thread.

    Raises:
        OperatorError: there is no such stage here, AWS refuses, or the port is taken.
    """
    operator, region = _check_stage(stage)
    with closing(_listen(port)) as listening:
        cache = StageCache(stage, _now)
        poller = Poller(cache.poll)
        context = ConsoleContext(
            stage=stage,
            operator=operator,
            region=region,
            access=AccessControl(listening.getsockname()[1], secrets.token_urlsafe(24)),
            cache=cache,
            page_requested=poller.page_requested,
            now=_now,
        )
        server = create_server(
            application(context),
            sockets=[listening],
            threads=_THREADS,
            ident="",
            max_request_header_size=_MAX_HEADER_BYTES,
            max_request_body_size=MAX_FORM_BYTES,
        )
        thread = Thread(target=server.run, name="console", daemon=True)
        thread.start()
        with poller.running():
            try:
                yield context, thread
            finally:
                cache.close()
                context.jobs.stop_all()
                closed = Event()

                def close() -> None:
                    server.close()
                    closed.set()

                # In the server thread, which waits on these sockets. A server of one socket has a trigger.
                server.trigger.pull_trigger(close)  # type: ignore[union-attr]
                server.task_dispatcher.shutdown()
                if thread.is_alive():
                    closed.wait(_CLOSE_SECONDS)  # before this thread closes a socket that the other one still uses


def _check_stage(stage: DeployedStage) -> tuple[str, str]:
    """Return the operator's ARN and the region; fail early, in the terminal, if stage or credentials do not work."""
    if not HTMX.exists():
        raise OperatorError("the pages' htmx is not installed: run `make setup`")
    for service in _CLIENTS:  # before there are threads: boto3 cannot create clients in several threads safely
        stage.client(service)
    stage.require()
    with aws_failures_as_sentences():
        sts = stage.client("sts")
        return str(sts.get_caller_identity()["Arn"]), str(sts.meta.region_name)


def _listen(port: int) -> socket.socket:
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
