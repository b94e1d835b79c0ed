"""What died: looked at, sent back, taken away."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops.dead_letters.filters import REASONS, FilterTexts
from ops.terminal.command import command
from ops.terminal.options import Json, Profile, Region, Stage, complete_service, starting_with

if TYPE_CHECKING:
    from ops.dead_letters.filters import Filters


app = typer.Typer(no_args_is_help=True, help="Look at what died, and why.")


def complete_place(incomplete: str) -> list[tuple[str, str]]:
    """Wherever letters lie, that begin so; each with what it is."""
    from ops.stage.services import RESTING  # each command, and each TAB, loads what it needs alone

    return [
        *complete_service(incomplete),
        *((name, "What no function has had") for name in starting_with(RESTING, incomplete)),
    ]


Service = Annotated[
    str,
    typer.Argument(
        metavar="TYPE",
        autocompletion=complete_place,
        help="A type, such as email.send; queue_processor for what the ingress refused; unrouted, undeliverable or "
        "dead-schedules for what no function has had.",
    ),
]


def _complete_reason(incomplete: str) -> list[str]:
    return [reason for reason in REASONS if reason.startswith(incomplete)]


Types = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="TYPE", autocompletion=complete_place, help="Of these types; may be repeated."),
]

Reason = Annotated[
    str | None,
    typer.Option(metavar="REASON", autocompletion=_complete_reason, help="Of this reason; none: moved by SQS itself."),
]

Died = Annotated[
    str | None,
    typer.Option("--died-of", metavar="REASON", autocompletion=_complete_reason, help="Those of this reason alone."),
]

Fingerprint = Annotated[str | None, typer.Option(metavar="CAUSE", help="Of this cause: see the card, or the list.")]

Tenant = Annotated[str | None, typer.Option(metavar="COMPANY_ID", help="Of this tenant.")]

Id = Annotated[str | None, typer.Option("--id", metavar="ID", help="This one: a message id, or an SQS message id.")]

Since = Annotated[str | None, typer.Option(metavar="TIME", help="Dead since: 2h (ago), or 2026-04-14T12:00:00Z.")]

Until = Annotated[str | None, typer.Option(metavar="TIME", help="Dead before; likewise.")]


def _filters(
    *,
    reason: str | None,
    fingerprint: str | None,
    tenant: str | None,
    since: str | None,
    until: str | None,
    id: str | None = None,  # noqa: A002 its name on the line
) -> "Filters":
    texts = FilterTexts(reason=reason, fingerprint=fingerprint, tenant=tenant, since=since, until=until, id=id)
    return texts.parse(datetime.now(UTC))


@app.command("list")
@command
def list_(
    types: Types = None,
    reason: Reason = None,
    fingerprint: Fingerprint = None,
    tenant: Tenant = None,
    since: Since = None,
    until: Until = None,
    each: Annotated[bool, typer.Option("--each", help="A line for each letter, not for each cause.")] = False,
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> bool:
    """List dead letters by cause; they stay where they are."""
    from ops.dead_letters.view import ListRequest, list_dead_letters
    from ops.stage.deployed import deployed

    filters = _filters(reason=reason, fingerprint=fingerprint, tenant=tenant, since=since, until=until)
    where = deployed(stage, profile=profile, region=region)
    return list_dead_letters(
        ListRequest(stage=where, services=tuple(types or ()), filters=filters, each=each, as_json=as_json)
    )


@app.command()
@command
def show(
    letter: Annotated[str, typer.Argument(metavar="ID", help="A message id, or an SQS message id.")],
    types: Types = None,
    payload: Annotated[bool, typer.Option("--payload", help="Its payload too: personal data.")] = False,
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> bool:
    """Show how one message lived and died, beside its envelope."""
    from ops.dead_letters.view import ShowRequest, show_dead_letter
    from ops.stage.deployed import deployed

    where = deployed(stage, profile=profile, region=region)
    return show_dead_letter(
        ShowRequest(stage=where, id=letter, services=tuple(types or ()), payload=payload, as_json=as_json)
    )


@app.command()
@command
def export(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A new file; - is standard output.")],
    types: Types = None,
    reason: Reason = None,
    fingerprint: Fingerprint = None,
    tenant: Tenant = None,
    since: Since = None,
    until: Until = None,
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
) -> bool:
    """Write dead letters with everything, payloads too, as JSON lines; they stay where they are."""
    from ops.dead_letters.export import ExportRequest
    from ops.dead_letters.export import export as run
    from ops.stage.deployed import deployed

    filters = _filters(reason=reason, fingerprint=fingerprint, tenant=tenant, since=since, until=until)
    where = deployed(stage, profile=profile, region=region)
    return run(ExportRequest(stage=where, target=file, services=tuple(types or ()), filters=filters))


@command
def redrive(
    service: Service,
    reason: Reason = None,
    fingerprint: Fingerprint = None,
    tenant: Tenant = None,
    since: Since = None,
    until: Until = None,
    message: Id = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Send so many first; the rest only if they do well.")
    ] = None,
    deadline: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="That the sample has for it.")] = 300,
    rate: Annotated[float | None, typer.Option(min=0.01, metavar="N", help="So many a second at most.")] = None,
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> bool:
    """Send dead letters back to the queue that they died on, with all their attempts before them."""
    from ops.dead_letters.redrive.report import RedriveRequest
    from ops.dead_letters.redrive.report import redrive as run
    from ops.stage.deployed import deployed

    filters = _filters(reason=reason, fingerprint=fingerprint, tenant=tenant, since=since, until=until, id=message)
    return run(
        RedriveRequest(
            stage=deployed(stage, profile=profile, region=region),
            service=service,
            filters=filters,
            dry_run=dry_run,
            sample=sample,
            deadline=deadline,
            rate=rate,
            as_json=as_json,
        )
    )


@command
def discard(
    service: Service,
    why: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is written into the audit log.")],
    died_of: Died = None,
    fingerprint: Fingerprint = None,
    tenant: Tenant = None,
    since: Since = None,
    until: Until = None,
    message: Id = None,
    everything: Annotated[bool, typer.Option("--all", help="All that lie there, without a filter.")] = False,
    to: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Where they are written first, if not discarded/.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> bool:
    """Delete dead letters for good; they are written to a file first."""
    from ops.dead_letters.discard import DiscardRequest
    from ops.dead_letters.discard import discard as run
    from ops.stage.deployed import deployed

    filters = _filters(reason=died_of, fingerprint=fingerprint, tenant=tenant, since=since, until=until, id=message)
    return run(
        DiscardRequest(
            stage=deployed(stage, profile=profile, region=region),
            service=service,
            filters=filters,
            everything=everything,
            why=why,
            export=to,
            agreed=yes,
            as_json=as_json,
        )
    )
