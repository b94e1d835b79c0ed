"""The commands `cost` and `limits`."""

from dataclasses import asdict, dataclass
from typing import Annotated, Literal

import typer

from ops.cost.assumptions import Assumptions, EntryPoint
from ops.stage.options import Stage
from ops.terminal.command import command, json_output
from ops.terminal.errors import OperatorError

_DEFAULT = Assumptions()


@dataclass(frozen=True, kw_only=True)
class FunctionOptions:
    """Assumptions about the functions: how full their batches are, and how long each takes, in milliseconds."""

    batch_fill: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="How full the functions' batches are; 1 is full.")
    ] = _DEFAULT.batch_fill
    ingress_ms: Annotated[float, typer.Option(min=1, metavar="MS", help="Duration of a batch at the ingress.")] = (
        _DEFAULT.ingress_ms
    )
    reaction_ms: Annotated[
        float, typer.Option(min=1, metavar="MS", help="Duration of a reaction's batch, without waiting for the CRM.")
    ] = _DEFAULT.reaction_ms
    crm_ms: Annotated[
        float, typer.Option(min=0, metavar="MS", help="The CRM's response time to a reaction, for each message.")
    ] = _DEFAULT.crm_ms
    guard_ms: Annotated[
        float,
        typer.Option(min=0, metavar="MS", help="A job's idempotency: two calls to DynamoDB, and our processor time."),
    ] = _DEFAULT.guard_ms
    job_ms: Annotated[
        float,
        typer.Option(min=1, metavar="MS", help="Duration of a job without idempotency, with its wait for the service."),
    ] = _DEFAULT.job_ms


@command
@json_output
def cost(
    volume: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[TYPE=]EVENTS",
            help="Events a month, such as 1M or booking.created=500k; may be repeated. Without a type, they are "
            "spread evenly over the types that services publish.",
        ),
    ] = None,
    by: Annotated[Literal["queue", "bus"], typer.Option(metavar="queue|bus", help="How services send.")] = "queue",
    with_follow_ups: Annotated[
        bool, typer.Option("--with-follow-ups", help="Count one follow-up of each type that the event's type declares.")
    ] = False,
    send_batch: Annotated[
        int, typer.Option(min=1, max=10, metavar="N", help="Messages that a producer sends in one request.")
    ] = _DEFAULT.send_batch,
    message_bytes: Annotated[
        int, typer.Option(min=1, max=1_048_576, metavar="BYTES", help="The size of a message.")
    ] = _DEFAULT.message_bytes,
    scenarios: Annotated[
        bool,
        typer.Option("--scenarios", help="Compare ways to send and batch events, and months of 1, 10 and 100 million."),
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="Write the tables of docs/cost.md anew.")] = False,
    stage: Stage = "prod",
    *,
    functions: FunctionOptions,
) -> bool:
    """Print the cost of a million events by type, of a month at a volume, and a stage's fixed costs, in dollars.

    Example: taly-async cost --volume booking.created=500k --stage prod
    """
    from ops.cost import report as run
    from ops.cost.month import CostQuery, volumes

    assumed = Assumptions(
        entry_point=EntryPoint(by), send_batch=send_batch, message_bytes=message_bytes, **asdict(functions)
    )
    if write:
        if volume or with_follow_ups or scenarios or stage != "prod" or assumed != _DEFAULT:
            raise OperatorError("docs/cost.md shows stage prod with the defaults: give --write alone")
        return run.page()
    if scenarios:
        ways = (assumed.entry_point, assumed.send_batch, assumed.batch_fill)
        if volume or with_follow_ups or ways != (_DEFAULT.entry_point, _DEFAULT.send_batch, _DEFAULT.batch_fill):
            raise OperatorError(
                "scenarios have volumes, ways and batches of their own: give --scenarios without --volume, "
                "--with-follow-ups, --by, --send-batch and --batch-fill"
            )
        return run.scenarios(stage, assumed)
    query = CostQuery(assumed=assumed, with_follow_ups=with_follow_ups, volumes=volumes(volume or ()))
    return run.cost(stage, query)


@command
@json_output
def limits(
    stage: Stage = "prod",
    *,
    functions: FunctionOptions,
) -> bool:
    """Print how many events a second a stage can take, what limits it, and which limit to raise first.

    Example: taly-async limits --stage prod
    """
    from ops.cost import report as run

    return run.limits(stage, Assumptions(**asdict(functions)))
