"""What the system costs."""

from typing import Annotated, Literal

import typer

from ops.command import command
from ops.options import Json, Stage


@command
def cost(  # noqa: PLR0913, PLR0917 one parameter an option
    volume: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[TYPE=]EVENTS",
            help="Events a month, such as 1M or booking.created=500k; may be given several times. "
            "Without a type: spread evenly over what services publish.",
        ),
    ] = None,
    by: Annotated[Literal["queue", "bus"], typer.Option(help="How services send.")] = "queue",
    with_follow_ups: Annotated[
        bool, typer.Option("--with-follow-ups", help="An event bears one follow-up of each type that its own declares.")
    ] = False,
    batch_fill: Annotated[
        float, typer.Option(min=0, max=1, help="How full the functions' batches are; 1 is full.")
    ] = 1.0,
    send_batch: Annotated[int, typer.Option(min=1, max=10, help="Messages that a producer sends in one request.")] = 10,
    message_bytes: Annotated[int, typer.Option(min=1, max=1_048_576, help="The size of a message.")] = 1_000,
    reaction_ms: Annotated[float, typer.Option(min=1, help="A reaction's batch, without waiting for the CRM.")] = 40,
    crm_ms: Annotated[float, typer.Option(min=0, help="The CRM's answer to a reaction, a message.")] = 20,
    job_ms: Annotated[float, typer.Option(min=1, help="A job, with what it waits for the other side.")] = 120,
    stage: Stage = "prod",
    json: Json = False,
) -> bool:
    """Print dollars a million events by type, a month at a volume, and what a stage costs whatever happens."""
    from ops.cost import cost as run  # noqa: PLC0415 each command loads what it needs alone
    from ops.month import Question, volumes  # noqa: PLC0415 likewise
    from ops.usage_cost import Assumptions, Way  # noqa: PLC0415 likewise

    assumed = Assumptions(
        by=Way(by),
        send_batch=send_batch,
        batch_fill=batch_fill,
        reaction_ms=reaction_ms,
        crm_ms=crm_ms,
        job_ms=job_ms,
        message_bytes=message_bytes,
    )
    question = Question(assumed=assumed, with_follow_ups=with_follow_ups, volumes=volumes(volume or ()))
    return run(stage, question, as_json=json)
