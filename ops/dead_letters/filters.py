"""Filters that choose dead letters."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from ops.dead_letters.dead_letter import FINGERPRINT, DeadLetter
from ops.terminal.errors import OperatorError
from ops.terminal.options import starting_with
from ops.terminal.output import printable
from ops.terminal.times import moment
from schemas.reasons import Reason, Remedy
from schemas.webhooks import WEBHOOK_DELIVER
from schemas.wire import REFERENCE_PATTERN, UUID_PATTERN

NO_REASON = "none"
"""Stands for a missing reason: SQS itself moved the message, as its function never recorded one."""

_NAMES = {"fingerprint": "cause", "since": "time of --since", "until": "time of --until"}
"""Names of filters in error messages, where the field's name does not read well."""

REASONS = (*(reason.value for reason in Reason), NO_REASON)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """A dead letter matches if every filter that is set matches."""

    reason: str = ""
    remedy: Remedy | None = None
    """The action that helps, whether its raiser named it or its reason decides."""

    fingerprint: str = ""
    tenant: str = ""
    endpoint: str = ""
    """A webhook endpoint's id, which is unique within its tenant alone."""

    id: str = ""
    """A message id, or an SQS message id."""

    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""

    @property
    def empty(self) -> bool:
        """Whether no filter is set, so that every dead letter matches."""
        return self == Filters()

    def __call__(self, dead_letter: DeadLetter) -> bool:
        """Whether a dead letter matches. One without a known time does not match a filter by time."""
        wanted_reason = "" if self.reason == NO_REASON else self.reason
        return (
            (not self.reason or dead_letter.reason == wanted_reason)
            and self._has_remedy(dead_letter)
            and self.fingerprint in {"", dead_letter.fingerprint}
            and self.tenant in {"", dead_letter.company_id}
            and (not self.endpoint or dead_letter.endpoint_id == self.endpoint)
            and self.id in {"", dead_letter.id, dead_letter.sqs_message_id}
            and self._in_time(dead_letter.dead_lettered_at)
        )

    def services(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the services whose dead letters may match; empty for all.

        Args:
            names: the services that were asked for; empty for all.

        Raises:
            OperatorError: an endpoint is filtered for, and the messages of one of these services have none.
        """
        if not self.endpoint:
            return tuple(names)
        if others := [each for each in names if each != WEBHOOK_DELIVER.name]:
            raise OperatorError(
                f"an endpoint chooses dead letters of {WEBHOOK_DELIVER.name} alone, and {printable(others[0])} has "
                "none for an endpoint: leave the endpoint out"
            )
        return (WEBHOOK_DELIVER.name,)

    def _has_remedy(self, dead_letter: DeadLetter) -> bool:
        if self.remedy is None:
            return True
        from ops.dead_letters.remedies import remedy_of  # noqa: PLC0415 it builds every contract

        return remedy_of(dead_letter) is self.remedy

    def _in_time(self, at: datetime | None) -> bool:
        if self.since is None and self.until is None:
            return True
        return at is not None and (self.since is None or self.since <= at) and (self.until is None or at < self.until)


def _complete_remedy(incomplete: str) -> list[str]:
    return starting_with(Remedy, incomplete)


def _complete_reason(incomplete: str) -> list[str]:
    return starting_with(REASONS, incomplete)


Tenant = Annotated[str | None, typer.Option(metavar="COMPANY_ID", help="Only this tenant.")]


@dataclass(frozen=True, kw_only=True)
class FilterTexts:
    """The filter options as typed; None where an option was left out."""

    reason: Annotated[
        str | None,
        typer.Option(
            metavar="REASON",
            autocompletion=_complete_reason,
            help='Only dead letters with this reason; "none" selects those that SQS itself moved.',
        ),
    ] = None
    remedy: Annotated[
        str | None,
        typer.Option(
            metavar="REMEDY",
            autocompletion=_complete_remedy,
            help="Only dead letters that this helps: redrive (ours), discard (the sender's) or mend (an operator's).",
        ),
    ] = None
    fingerprint: Annotated[
        str | None,
        typer.Option(
            "--cause", metavar="CAUSE", help="Only dead letters with this cause, as the card and the list show it."
        ),
    ] = None
    tenant: Tenant = None
    endpoint: Annotated[
        str | None,
        typer.Option(
            metavar="ENDPOINT_ID",
            help=f"Only dead letters of {WEBHOOK_DELIVER.name} for this webhook endpoint; --tenant too, where tenants "
            "share ids.",
        ),
    ] = None
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
            everything: whether `--all` was given.

        Raises:
            OperatorError: neither a filter nor `--all` was given, or both, or a filter is invalid.
        """
        filters = self.read()
        if filters.empty and not everything:
            raise OperatorError("that would be all of them: give a filter, such as --cause, or say --all")
        if everything and not filters.empty:
            raise OperatorError("--all and a filter contradict each other: give one of them")
        return filters

    def read(self, now: datetime | None = None) -> Filters:
        """Parse the filters; relative times count from `now`, by default the present time.

        Raises:
            OperatorError: a filter is invalid, or is blank, which would match all.
        """
        now = now or datetime.now(UTC)
        for name, text in asdict(self).items():
            if text is not None and not text.strip():
                raise OperatorError(
                    f"the {_NAMES.get(name, name)} is blank: say which, or leave the option out for all"
                )
        if self.reason and self.reason not in REASONS:
            raise OperatorError(f"there is no reason {printable(self.reason)}: give one of {', '.join(REASONS)}")
        if self.remedy and self.remedy not in set(Remedy):
            raise OperatorError(f"there is no remedy {printable(self.remedy)}: give one of {', '.join(Remedy)}")
        fingerprint, tenant = (self.fingerprint or "").strip().lower(), (self.tenant or "").strip().lower()
        if fingerprint and not FINGERPRINT.fullmatch(fingerprint):
            raise OperatorError(
                f"{printable(fingerprint)!r} is no cause: a cause has 12 hexadecimal digits, as on the card and in "
                "`taly-async dead-letters list`"
            )
        if tenant and not re.fullmatch(UUID_PATTERN, tenant):
            raise OperatorError(f"{printable(tenant)!r} is no tenant: give a companyId, which is a UUID")
        endpoint = (self.endpoint or "").strip()
        if endpoint and not re.fullmatch(REFERENCE_PATTERN, endpoint):
            raise OperatorError(
                f"{printable(endpoint)!r} is no endpoint: give its id, as `taly-async endpoints` shows it, of 1 to 64 "
                "letters, digits, _ and -"
            )
        since = moment(self.since, now) if self.since else None
        until = moment(self.until, now) if self.until else None
        if since and until and since >= until:
            raise OperatorError("--since is not before --until: nothing could lie between")
        return Filters(
            reason=self.reason or "",
            remedy=Remedy(self.remedy) if self.remedy else None,
            fingerprint=fingerprint,
            tenant=tenant,
            endpoint=endpoint,
            id=(self.id or "").strip(),
            since=since,
            until=until,
        )
