"""What the system costs, and how far it goes."""

from typing import Annotated, Literal

import typer

from ops.cost.assumptions import Assumptions, EntryPoint
from ops.terminal.command import command
from ops.terminal.errors import OperatorError
from ops.terminal.options import Json, Stage

_DEFAULT = Assumptions()

MessageBytes = Annotated[int, typer.Option(min=1, max=1_048_576, help="The size of a message.")]
IngressMs = Annotated[float, typer.Option(min=1, help="The ingress's batch.")]
ReactionMs = Annotated[float, typer.Option(min=1, help="A reaction's batch, without waiting for the CRM.")]
CrmMs = Annotated[float, typer.Option(min=0, help="The CRM's answer to a reaction, a message.")]
GuardMs = Annotated[
    float, typer.Option(min=0, help="A job's guard: two calls to DynamoDB, and our own processor time.")
]
JobMs = Annotated[float, typer.Option(min=1, help="A job without its guard, with what it waits for the other side.")]
BatchFill = Annotated[float, typer.Option(min=0, max=1, help="How full the functions' batches are; 1 is full.")]


@command
def cost(
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
    batch_fill: BatchFill = _DEFAULT.batch_fill,
    send_batch: Annotated[
        int, typer.Option(min=1, max=10, help="Messages that a producer sends in one request.")
    ] = _DEFAULT.send_batch,
    message_bytes: MessageBytes = _DEFAULT.message_bytes,
    ingress_ms: IngressMs = _DEFAULT.ingress_ms,
    reaction_ms: ReactionMs = _DEFAULT.reaction_ms,
    crm_ms: CrmMs = _DEFAULT.crm_ms,
    guard_ms: GuardMs = _DEFAULT.guard_ms,
    job_ms: JobMs = _DEFAULT.job_ms,
    scenarios: Annotated[
        bool,
        typer.Option("--scenarios", help="By how events are sent and worked off, and months of 1, 10 and 100 million."),
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="Write the tables of docs/cost.md anew.")] = False,
    stage: Stage = "prod",
    json: Json = False,
) -> bool:
    """Print dollars a million events by type, a month at a volume, and what a stage costs whatever happens."""
    from ops.cost import report as run  # each command loads what it needs alone
    from ops.cost.month import CostQuery, volumes

    assumed = Assumptions(
        entry_point=EntryPoint(by),
        send_batch=send_batch,
        batch_fill=batch_fill,
        ingress_ms=ingress_ms,
        reaction_ms=reaction_ms,
        crm_ms=crm_ms,
        guard_ms=guard_ms,
        job_ms=job_ms,
        message_bytes=message_bytes,
    )
    if write:
        if volume or with_follow_ups or scenarios or json or stage != "prod" or assumed != _DEFAULT:
            raise OperatorError("docs/cost.md shows stage prod with the defaults: give --write alone")
        return run.page()
    if scenarios:
        ways = (assumed.entry_point, assumed.send_batch, assumed.batch_fill)
        if volume or with_follow_ups or ways != (_DEFAULT.entry_point, _DEFAULT.send_batch, _DEFAULT.batch_fill):
            raise OperatorError(
                "scenarios have volumes, ways and batches of their own: give --scenarios without --volume, "
                "--with-follow-ups, --by, --send-batch and --batch-fill"
            )
        return run.scenarios(stage, assumed, as_json=json)
    query = CostQuery(assumed=assumed, with_follow_ups=with_follow_ups, volumes=volumes(volume or ()))
    return run.cost(stage, query, as_json=json)


@command
def limits(
    batch_fill: BatchFill = _DEFAULT.batch_fill,
    ingress_ms: IngressMs = _DEFAULT.ingress_ms,
    reaction_ms: ReactionMs = _DEFAULT.reaction_ms,
    crm_ms: CrmMs = _DEFAULT.crm_ms,
    guard_ms: GuardMs = _DEFAULT.guard_ms,
    job_ms: JobMs = _DEFAULT.job_ms,
    stage: Stage = "prod",
    json: Json = False,
) -> bool:
    """Print how many events a second a stage takes, what bounds it, and what to raise first for more."""
    from ops.cost import report as run

    assumed = Assumptions(
        batch_fill=batch_fill,
        ingress_ms=ingress_ms,
        reaction_ms=reaction_ms,
        crm_ms=crm_ms,
        guard_ms=guard_ms,
        job_ms=job_ms,
    )
    return run.limits(stage, assumed, as_json=json)
