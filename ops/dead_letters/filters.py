"""Which dead letters are meant."""

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from ops.dead_letters.dead_letter import FINGERPRINT, DeadLetter
from ops.terminal.errors import OperatorError
from ops.terminal.options import starting_with
from ops.terminal.output import printable
from ops.terminal.times import moment
from schemas.reasons import Reason
from schemas.wire import UUID_PATTERN

NO_REASON = "none"
"""In place of a reason: those that SQS itself moved, since their function never came to say one."""

_NAMES = {"fingerprint": "cause", "since": "time of --since", "until": "time of --until"}
"""Of filters, in a sentence, where the field's own does not read well."""

REASONS = (*(reason.value for reason in Reason), NO_REASON)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """All of them must hold; what is empty holds always."""

    reason: str = ""
    fingerprint: str = ""
    tenant: str = ""
    id: str = ""
    """A message id, or an SQS message id."""

    since: datetime | None = None
    until: datetime | None = None
    """This moment excluded."""

    @property
    def empty(self) -> bool:
        """Whether all letters are meant."""
        return self == Filters()

    def __call__(self, letter: DeadLetter) -> bool:
        """Whether a letter is meant. One of which no time is known is not, where there is a time."""
        wanted_reason = "" if self.reason == NO_REASON else self.reason
        return (
            (not self.reason or letter.reason == wanted_reason)
            and self.fingerprint in {"", letter.fingerprint}
            and self.tenant in {"", letter.company_id}
            and self.id in {"", letter.id, letter.sqs_message_id}
            and self._in_time(letter.died_at)
        )

    def _in_time(self, at: datetime | None) -> bool:
        if self.since is None and self.until is None:
            return True
        return at is not None and (self.since is None or self.since <= at) and (self.until is None or at < self.until)


def _complete_reason(incomplete: str) -> list[str]:
    return starting_with(REASONS, incomplete)


Tenant = Annotated[str | None, typer.Option(metavar="COMPANY_ID", help="Only this tenant.")]


@dataclass(frozen=True, kw_only=True)
class FilterTexts:
    """The filters as options of a command, as they were typed; None where an option was not given."""

    reason: Annotated[
        str | None,
        typer.Option(
            metavar="REASON",
            autocompletion=_complete_reason,
            help='Only dead letters with this reason; "none" selects those that SQS itself moved.',
        ),
    ] = None
    fingerprint: Annotated[
        str | None,
        typer.Option(
            "--cause", metavar="CAUSE", help="Only dead letters with this cause, as the card and the list show it."
        ),
    ] = None
    tenant: Tenant = None
    id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Only the one with this message id or SQS message id.")
    ] = None
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only those dead-lettered since: 2h (ago), or 2026-04-14T12:00:00Z."),
    ] = None
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only those dead-lettered before: 2h (ago), or RFC 3339.")
    ] = None

    def chosen(self, *, everything: bool) -> Filters:
        """Read the filters of a command that changes dead letters.

        Args:
            everything: whether all dead letters are meant, by `--all`.

        Raises:
            OperatorError: neither a filter nor `--all` was given, or both, or a filter cannot be read.
        """
        filters = self.read()
        if filters.empty and not everything:
            raise OperatorError("that would be all of them: give a filter, such as --cause, or say --all")
        if everything and not filters.empty:
            raise OperatorError("--all and a filter contradict each other: give one of them")
        return filters

    def read(self, now: datetime | None = None) -> Filters:
        """Read the filters as they are meant at a time; now, if none is given.

        Raises:
            OperatorError: a filter could match nothing, or is blank, which would match all.
        """
        now = now or datetime.now(UTC)
        for name, text in asdict(self).items():
            if text is not None and not text.strip():
                raise OperatorError(
                    f"the {_NAMES.get(name, name)} is blank: say which, or leave the option out for all"
                )
        if self.reason and self.reason not in REASONS:
            raise OperatorError(f"there is no reason {printable(self.reason)}: give one of {', '.join(REASONS)}")
        fingerprint, tenant = (self.fingerprint or "").strip().lower(), (self.tenant or "").strip().lower()
        if fingerprint and not FINGERPRINT.fullmatch(fingerprint):
            raise OperatorError(
                f"{printable(fingerprint)!r} is no cause: a cause has 12 hexadecimal digits, as on the card and in "
                "`taly-async dead-letters list`"
            )
        if tenant and not re.fullmatch(UUID_PATTERN, tenant):
            raise OperatorError(f"{printable(tenant)!r} is no tenant: give a companyId, which is a UUID")
        since = moment(self.since, now) if self.since else None
        until = moment(self.until, now) if self.until else None
        if since and until and since >= until:
            raise OperatorError("--since is not before --until: nothing could lie between")
        return Filters(
            reason=self.reason or "",
            fingerprint=fingerprint,
            tenant=tenant,
            id=(self.id or "").strip(),
            since=since,
            until=until,
        )
