"""The commands about dead letters: `dead-letters …`, `redrive` and `discard`."""

from pathlib import Path
from typing import Annotated

import typer

from ops.dead_letters.filters import FilterTexts
from ops.stage.options import StageOptions
from ops.terminal.command import CommandLine, command, json_output
from ops.terminal.errors import OperatorError
from ops.terminal.options import Yes, complete_service, starting_with

app = CommandLine(help="List, show and export dead letters.\n\nExample: taly-async dead-letters list --stage prod")


def complete_dead_letter_source(incomplete: str) -> list[tuple[str, str]]:
    """Queues with dead letters whose names begin with what was typed, each with a description."""
    from ops.stage.services import HOLDING_QUEUES

    holding = starting_with(HOLDING_QUEUES, incomplete)
    return [*complete_service(incomplete), *((name, "Messages that never reached a function") for name in holding)]


Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        metavar="TYPE",
        autocompletion=complete_dead_letter_source,
        help="Only dead letters of this type; may be repeated.",
    ),
]

Service = Annotated[
    str | None,
    typer.Argument(
        metavar="[TYPE]",
        autocompletion=complete_dead_letter_source,
        help="A type, such as email.send; queue_processor for what the ingress refused; unrouted, undeliverable or "
        "dead-schedules for messages that never reached a function. Left out: all of these.",
    ),
]

All = Annotated[bool, typer.Option("--all", help="All dead letters of the type; needed where no filter is given.")]

Everything = Annotated[
    bool,
    typer.Option(
        "--all",
        help="All dead letters of the type; without a type, all that a redrive helps. Needed where no filter is given.",
    ),
]


@command
@json_output
def list_(
    types: Types = None,
    each: Annotated[bool, typer.Option("--each", help="One line a dead letter, not one a cause.")] = False,
    *,
    filters: FilterTexts,
    where: StageOptions,
) -> bool:
    """List dead letters by cause; they stay where they are.

    Example: taly-async dead-letters list --type email.send --since 2h
    """
    from ops.dead_letters.view import ListRequest, list_dead_letters

    wanted = filters.read()
    services = wanted.services(types or ())
    return list_dead_letters(ListRequest(stage=where.find(), services=services, filters=wanted, each=each))


@command
@json_output
def show(
    an_id: Annotated[str, typer.Argument(metavar="ID", help="A message id, or an SQS message id.")],
    types: Types = None,
    payload: Annotated[
        bool, typer.Option("--payload", help="Show the payload too. It is personal data; the audit log records it.")
    ] = False,
    *,
    where: StageOptions,
) -> bool:
    """Show a dead letter: its reason, its failure history, its envelope.

    Example: taly-async dead-letters show 0b7e4a52-3c1e-4d5b-9a64-2f8e1c0b9a11
    """
    from ops.dead_letters.view import ShowRequest, show_dead_letter

    return show_dead_letter(ShowRequest(stage=where.find(), id=an_id, services=tuple(types or ()), payload=payload))


@command
def export(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A new file; - for standard output.")],
    types: Types = None,
    *,
    filters: FilterTexts,
    where: StageOptions,
) -> bool:
    """Write dead letters as JSON lines, payloads included; they stay in their queues.

    Example: taly-async dead-letters export dead-letters.jsonl --type email.send
    """
    from ops.dead_letters.export import ExportRequest
    from ops.dead_letters.export import export as run

    wanted = filters.read()
    services = wanted.services(types or ())
    return run(ExportRequest(stage=where.find(), target=file, services=services, filters=wanted))


@command
@json_output
def redrive(
    service: Service = None,
    everything: Everything = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count the dead letters.")] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Send N first; the rest only if all of these succeed.")
    ] = None,
    deadline: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="How long to wait for the sample to finish.")
    ] = 300,
    rate: Annotated[float | None, typer.Option(min=0.01, metavar="N", help="Maximum messages per second.")] = None,
    *,
    filters: FilterTexts,
    where: StageOptions,
) -> bool:
    """Send dead letters back to the queue where they failed; each gets all its attempts again.

    Without a TYPE, those of all types whose remedy is a redrive; the others are left, and named.

    Example: taly-async redrive email.send --cause c83d68dfbef7 --sample 5
    """
    from ops.dead_letters.redrive.all_types import redrive_all_types
    from ops.dead_letters.redrive.report import RedriveRequest
    from ops.dead_letters.redrive.report import redrive as redrive_one_type

    wanted = filters.read() if dry_run else filters.chosen(everything=everything)
    name = next(iter(wanted.services([service] if service else [])), "")
    request = RedriveRequest(
        stage=where.find(),
        service=name,
        filters=wanted,
        dry_run=dry_run,
        sample=sample,
        deadline=deadline,
        rate=rate,
    )
    return redrive_one_type(request) if name else redrive_all_types(request)


@command
@json_output
def discard(
    comment: Annotated[str, typer.Option(metavar="TEXT", help="Why you discard them, for the audit log.")],
    service: Service = None,
    everything: All = False,
    to: Annotated[
        Path | None,
        typer.Option(
            "--export", metavar="FILE", help="The file to export to first; one below discarded/ if not given."
        ),
    ] = None,
    yes: Yes = False,
    *,
    filters: FilterTexts,
    where: StageOptions,
) -> bool:
    """Delete dead letters for good; they are exported to a file first, and each sender gets a text to read.

    Without a TYPE, those of all types that match a filter, such as --remedy discard: what the senders have to correct.

    Example: taly-async discard email.send --cause c83d68dfbef7 --comment "sent by hand"
    """
    from ops.dead_letters.discard import DiscardRequest
    from ops.dead_letters.discard import discard as run

    if everything and not service:
        raise OperatorError("that would delete all that the stage has: name a TYPE, or give a filter: --remedy discard")
    wanted = filters.chosen(everything=everything)
    return run(
        DiscardRequest(
            stage=where.find(),
            service=next(iter(wanted.services([service] if service else [])), ""),
            filters=wanted,
            comment=comment,
            export=to,
            agreed=yes,
        )
    )


app.add(list_, name="list")
app.add(show)
app.add(export)
