"""The commands `trace` and `tail`."""

from typing import Annotated

import typer

from ops.dead_letters.filters import Tenant
from ops.stage.options import StageOptions
from ops.terminal.command import command, json_output
from ops.terminal.options import complete_service
from schemas.reasons import Outcome


def _complete(incomplete: str) -> list[str]:
    from ops.trace.subjects import complete_subject  # it builds every contract, which completion alone needs

    return complete_subject(incomplete)


@command
@json_output
def trace(
    asked: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            autocompletion=_complete,
            help="The id of a message in the chain, of an SQS message, or of the chain; or what messages are about: "
            "booking/ID, appointment/ID, invoice/NUMBER, …",
        ),
    ],
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Read logs from this time on: 2h (ago), 7d, or RFC 3339.")
    ] = "24h",
    *,
    where: StageOptions,
) -> bool:
    """Show a message's journey and everything that it caused, with times, attempts and errors, from the logs.

    For a booking or another business object, show all journeys; the first lines say what its people received.

    Example: taly-async trace booking/0b7e4a52-3c1e-4d5b-9a64-2f8e1c0b9a11 --since 7d
    """
    from ops.trace.search import TraceRequest
    from ops.trace.search import trace as run

    return run(where.find(), TraceRequest(asked=asked, since=since))


@command
@json_output
def tail(
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            autocompletion=complete_service,
            help="Only outcomes of this type, or of queue_processor; may be repeated.",
        ),
    ] = None,
    outcomes: Annotated[
        list[Outcome] | None,
        typer.Option("--outcome", metavar="OUTCOME", help="Only this outcome; may be repeated."),
    ] = None,
    tenant: Tenant = None,
    subject: Annotated[
        str | None,
        typer.Option(
            metavar="SUBJECT", autocompletion=_complete, help="Only outcomes of messages about this: booking/ID, …"
        ),
    ] = None,
    failures: Annotated[bool, typer.Option("--failures", help="Only what is retrying or dead-lettered.")] = False,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Begin with outcomes of this time: 5m (ago), or RFC 3339.")
    ] = "0s",
    *,
    where: StageOptions,
) -> bool:
    """Show outcomes as they come, until Ctrl-C.

    Example: taly-async tail --failures --type email.send --stage prod
    """
    from ops.trace.subjects import subject_of
    from ops.trace.tail import TailRequest
    from ops.trace.tail import tail as run

    request = TailRequest(
        types=tuple(types or ()),
        outcomes=frozenset(outcomes or ()),
        failures=failures,
        tenant=tenant,
        subject=subject_of(subject) if subject is not None else None,
        since=since,
    )
    return run(where.find(), request)
