"""Filters that choose dead letters."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime

from ops.dead_letters.dead_letter import FINGERPRINT, DeadLetter
from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from ops.terminal.times import moment
from schemas.reasons import Reason
from schemas.wire import UUID_PATTERN

NO_REASON = "none"
"""Stands for a missing reason: SQS itself moved the message, as its function never recorded one."""

_NAMES = {"since": "time of --since", "until": "time of --until"}
"""Names of filters in error messages, where the field's name does not read well."""

REASONS = (*(reason.value for reason in Reason), NO_REASON)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """A dead letter matches if every filter that is set matches."""

    reason: str = ""
    fingerprint: str = ""
    tenant: str = ""
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
            and self.fingerprint in {"", dead_letter.fingerprint}
            and self.tenant in {"", dead_letter.company_id}
            and self.id in {"", dead_letter.id, dead_letter.sqs_message_id}
            and self._in_time(dead_letter.dead_lettered_at)
        )

    def _in_time(self, at: datetime | None) -> bool:
        if self.since is None and self.until is None:
            return True
        return at is not None and (self.since is None or self.since <= at) and (self.until is None or at < self.until)


@dataclass(frozen=True, kw_only=True)
class FilterTexts:
    """The filters as typed; None where an option was left out."""

    reason: str | None = None
    fingerprint: str | None = None
    tenant: str | None = None
    id: str | None = None
    since: str | None = None
    until: str | None = None

    def parse(self, now: datetime) -> Filters:
        """Parse the filters; `now` is the time that relative times refer to.

        Raises:
            OperatorError: a filter is invalid, or is blank, which would match all.
        """
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
                f"{printable(fingerprint)!r} is no fingerprint: it has 12 hexadecimal digits, as on the card and "
                "in `python -m ops dead-letters list`"
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
