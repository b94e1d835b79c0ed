"""The commands about causes: `causes` and `cause …`."""

from typing import Annotated

import typer

from ops.stage.options import StageOptions
from ops.terminal.command import CommandLine, command, json_output
from ops.terminal.options import complete_service

app = CommandLine(
    help="Show, acknowledge, snooze and resolve a cause of dead letters.\n\n"
    "Example: taly-async cause show c83d68dfbef7 --stage prod"
)

Fingerprint = Annotated[
    str,
    typer.Argument(metavar="CAUSE", help="The cause's fingerprint, as the card shows it; its first four digits do."),
]

Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        metavar="TYPE",
        autocompletion=complete_service,
        help="Only causes of this type, or of queue_processor; may be repeated.",
    ),
]

Comment = Annotated[str, typer.Option(metavar="TEXT", help="For the audit log, and for others who look at the cause.")]


@command
@json_output
def causes(
    types: Types = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also the causes that are resolved or over, of the last 90 days.")
    ] = False,
    *,
    where: StageOptions,
) -> bool:
    """List the causes of dead letters: how many, since when, and who takes care of them.

    Example: taly-async causes --stage prod
    """
    from ops.causes.report import list_causes as run

    return run(where.find(), types, everything=everything)


@command
@json_output
def show(fingerprint: Fingerprint, types: Types = None, *, where: StageOptions) -> bool:
    """Show a cause: all that is known of it, and the commands that help.

    Example: taly-async cause show c83d68dfbef7 --stage prod
    """
    from ops.causes.report import show_cause as run

    return run(where.find(), fingerprint, types)


@command
@json_output
def ack(fingerprint: Fingerprint, comment: Comment = "", types: Types = None, *, where: StageOptions) -> bool:
    """Acknowledge a cause: no card until its dead letters have grown tenfold. It ends after a day without one.

    Example: taly-async cause ack c83d68dfbef7 --comment "SES confirmed it" --stage prod
    """
    from ops.causes.report import acknowledge as run

    return run(where.find(), fingerprint, types, comment=comment)


@command
@json_output
def snooze(
    fingerprint: Fingerprint,
    end: Annotated[
        str, typer.Argument(metavar="UNTIL", help="How long, such as 4h or 2d, or RFC 3339; at most seven days.")
    ],
    comment: Comment = "",
    types: Types = None,
    *,
    where: StageOptions,
) -> bool:
    """Snooze a cause: no card until a time, then one that says what came meanwhile.

    Example: taly-async cause snooze c83d68dfbef7 4h --comment "fixed by the next deployment" --stage prod
    """
    from ops.causes.report import snooze as run

    return run(where.find(), fingerprint, types, end=end, comment=comment)


@command
@json_output
def resolve(fingerprint: Fingerprint, comment: Comment, types: Types = None, *, where: StageOptions) -> bool:
    """Resolve a cause: it is fixed in the version that runs now; if it comes back, a card says so.

    Example: taly-async cause resolve c83d68dfbef7 --comment "template corrected" --stage prod
    """
    from ops.causes.report import resolve as run

    return run(where.find(), fingerprint, types, comment=comment)


app.add(show)
app.add(ack)
app.add(snooze)
app.add(resolve)
