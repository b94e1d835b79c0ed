"""The commands `validate` and `send`."""

from typing import Annotated

import typer

from ops.stage.options import StageOptions, Via
from ops.terminal.command import command
from ops.terminal.options import complete_type


@command
def validate(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A file with one message; - for standard input.")] = "-",
) -> bool:
    """Say whether a message is valid and, if not, everything that is wrong with it.

    Example: taly-async validate message.json
    """
    from ops.messages.validate import validate as run

    return run(file)


@command
def send(
    type_name: Annotated[
        str, typer.Argument(metavar="TYPE", autocompletion=complete_type, help="The type, such as booking.created.")
    ],
    payload: Annotated[
        str | None,
        typer.Option(metavar="FILE|-", help="A file with the payload's JSON; the contract's example if not given."),
    ] = None,
    via: Annotated[Via, typer.Option(metavar="sqs|bus", help="The ingress queue or the event bus.")] = Via.SQS,
    count: Annotated[int, typer.Option(min=1, metavar="N", help="Number of messages, each with a new id.")] = 1,
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Send even what the contract refuses.")] = False,
    *,
    where: StageOptions,
) -> bool:
    """Send messages of one type to a stage.

    Example: taly-async send booking.created --count 3 --stage dev
    """
    from ops.messages.send import SendRequest
    from ops.messages.send import send as run

    return run(
        where.find(),
        SendRequest(type_name=type_name, payload=payload, via=via, count=count, checked=not unchecked),
    )
