"""The commands `pause`, `resume`, `pauses` and `try`."""

from typing import Annotated

import typer

from ops.stage.options import StageOptions
from ops.terminal.command import command, json_output
from ops.terminal.options import Yes, complete_service, starting_with


def complete_subject(incomplete: str) -> list[tuple[str, str]]:
    """Types and destinations that begin with what was typed, each with a description."""
    from schemas.destinations import Destination

    named = ((each, f"The types that call {each.in_words}") for each in Destination)
    fitting = starting_with(Destination, incomplete)
    return [*complete_service(incomplete), *(each for each in named if each[0] in fitting)]


Subject = Annotated[
    str,
    typer.Argument(
        metavar="TYPE|DESTINATION",
        autocompletion=complete_subject,
        help="A type, such as email.send; queue_processor for the ingress; or a destination, such as crm, for all "
        "types that call it.",
    ),
]


@command
@json_output
def pause(
    subject: Subject,
    comment: Annotated[str, typer.Option(metavar="TEXT", help="Why you pause it, for the audit log.")],
    lasting: Annotated[
        str,
        typer.Option(
            "--for", metavar="DURATION", help="How long, such as 30m or 2h; by default until somebody resumes."
        ),
    ] = "",
    yes: Yes = False,
    *,
    where: StageOptions,
) -> bool:
    """Hold messages in their queues: a type's, or those of all types that call a destination.

    Example: taly-async pause crm --for 2h --comment "the CRM is being moved"
    """
    from ops.pauses.report import pause as run

    return run(where.find(), subject, comment=comment, lasting=lasting, yes=yes)


@command
@json_output
def resume(
    subject: Subject,
    comment: Annotated[str, typer.Option(metavar="TEXT", help="Why you resume it, for the audit log.")] = "",
    *,
    where: StageOptions,
) -> bool:
    """End a pause, so that what waited runs; a type's also if somebody disabled its mapping by hand.

    Example: taly-async resume crm
    """
    from ops.pauses.report import resume as run

    return run(where.find(), subject, comment=comment)


@command
@json_output
def pauses(*, where: StageOptions) -> bool:
    """List what is paused: by whom, since when, until when, and how many messages wait.

    Example: taly-async pauses --stage prod
    """
    from ops.pauses.report import list_pauses as run

    return run(where.find())


@command
@json_output
def try_message(
    name: Annotated[
        str,
        typer.Argument(metavar="TYPE", autocompletion=complete_service, help="A paused type, or queue_processor."),
    ],
    *,
    where: StageOptions,
) -> bool:
    """Run the next message of a paused type, to see whether the type can be resumed.

    Example: taly-async try email.send
    """
    from ops.pauses.report import try_one as run

    return run(where.find(), name)
