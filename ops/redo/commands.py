"""The command `redo`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ops.dead_letters.filters import Tenant
from ops.stage.options import StageOptions
from ops.terminal.command import command, json_output
from ops.terminal.errors import OperatorError
from ops.terminal.options import Yes, complete_type
from ops.terminal.output import printable
from ops.terminal.times import moment
from schemas.reasons import Outcome

if TYPE_CHECKING:
    from ops.redo.selection import Criteria

_RUN = re.compile("[A-Za-z0-9._-]{1,64}")

_FINGERPRINT = re.compile("[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class ChoiceTexts:
    """The options that choose messages, as typed."""

    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type", metavar="TYPE", autocompletion=complete_type, help="Only messages of this type; may be repeated."
        ),
    ] = None
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Ended since: 2h (ago), or 2026-04-14T12:00:00Z; for IDs 24h.")
    ] = ""
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Ended before: 1h (ago), or RFC 3339; now if not given.")
    ] = None
    tenant: Tenant = None
    cause: Annotated[
        str | None, typer.Option(metavar="CAUSE", help="Only messages of which an attempt failed for this cause.")
    ] = None
    outcomes: Annotated[
        list[Outcome] | None,
        typer.Option("--outcome", metavar="OUTCOME", help="Only this final outcome; succeeded if not given."),
    ] = None

    def read(self, ids: list[str], now: datetime) -> "tuple[Criteria, datetime]":
        """Parse the options; also return the time from which on logs are read.

        Raises:
            OperatorError: neither ids nor types and a time are given, or an option is invalid.
        """
        from ops.redo.selection import Criteria
        from ops.stage.services import require_name
        from schemas.catalogue import BY_NAME

        if not all(each.strip() for each in ids):
            raise OperatorError("an ID is empty: did the shell fill in a variable that is not set?")
        types = [require_name(name, tuple(BY_NAME)) for name in self.types or ()]
        if not ids and not (types and self.since):
            raise OperatorError("which messages? Give their IDs, or --type and --since")
        since = moment(self.since or "24h", now)
        until = moment(self.until, now) if self.until else now
        if since >= until:
            raise OperatorError("--since is not before --until: nothing could lie between")
        outcomes = frozenset(self.outcomes or [Outcome.SUCCEEDED])
        if open_ones := [each for each in outcomes if not each.final]:
            raise OperatorError(f"{open_ones[0]} is no final outcome: a message on its way cannot be redone")
        cause = (self.cause or "").strip().lower()
        if self.cause is not None and not _FINGERPRINT.fullmatch(cause):
            raise OperatorError(f"{printable(self.cause)!r} is no cause: a cause has 12 hexadecimal digits")
        criteria = Criteria(
            ids=frozenset(ids),
            types=frozenset(types),
            since=since,
            until=until,
            tenant=(self.tenant or "").strip().lower(),
            cause=cause,
            outcomes=outcomes,
        )
        return criteria, since


@command
@json_output
def redo(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Message ids; else choose by --type and --since.")
    ] = None,
    payload: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Send the one message with this payload, a JSON object.")
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Print the one message's payload instead: personal data, audited.")
    ] = False,
    comment: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the audit log; required.")] = "",
    sample: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Publish N first; the rest only if all of these succeed.")
    ] = None,
    deadline: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="How long to wait for the sample to finish.")
    ] = 300,
    rate: Annotated[float | None, typer.Option(min=0.01, metavar="N", help="Maximum messages per second.")] = None,
    money: Annotated[
        bool, typer.Option("--money", help="Also redo messages that can charge a customer a second time.")
    ] = False,
    run: Annotated[
        str, typer.Option(metavar="NAME", help="Continue the run of this name: what it has done is not done twice.")
    ] = "",
    archived_since: Annotated[
        str, typer.Option(metavar="TIME", help="Look into the archive from this time on, if messages waited long.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be redone.")] = False,
    yes: Yes = False,
    *,
    choice: ChoiceTexts,
    where: StageOptions,
) -> bool:
    """Publish messages that are done, or dead, again under new ids: what they cause is done a second time.

    Example: taly-async redo --type email.send --since 3h --until 2h --sample 3 --comment "wrong template"
    """
    now = datetime.now(UTC)
    criteria, read_since = choice.read(ids or [], now)
    if not comment.strip() and not (show or dry_run):
        raise OperatorError("say why: --comment is written into the audit log")
    if (show or payload is not None) and len(criteria.ids) != 1:
        raise OperatorError("--show and --payload are for one message: give its ID")
    if run and not _RUN.fullmatch(run):
        raise OperatorError(f"{printable(run)!r} is no name of a run: the command printed it when it began")

    from ops.messages.drafts import payload_text
    from ops.redo.report import RedoRequest
    from ops.redo.report import redo as publish_anew
    from ops.redo.show import show_payload
    from ops.terminal.input import read

    request = RedoRequest(
        stage=where.find(),
        criteria=criteria,
        read_since=read_since,
        run=run or f"{now:%Y%m%dT%H%M%S}",
        comment=comment.strip(),
        payload=None if payload is None else payload_text(read(payload)),
        archived_since=moment(archived_since, now) if archived_since else None,
        money=money,
        sample=sample,
        deadline=deadline,
        rate=rate,
        dry_run=dry_run,
        yes=yes,
    )
    return show_payload(request) if show else publish_anew(request)
