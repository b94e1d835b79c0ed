"""`docs/events.md`: all event types on one page, for producers and operators."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from ops.contracts.contract import Contract, definitions, envelope
from ops.contracts.formats.building_blocks import BuildingBlocks
from ops.contracts.formats.templates import rendered
from ops.contracts.formats.words import FieldRow, FieldRows, described, listed
from schemas.event_type import EventType, Kind, Needs
from schemas.message import MAX_HOPS
from schemas.names import (
    QUEUE_PROCESSOR,
    dead_letter_queue_name,
    event_bus_name_parameter,
    ingress_queue_url_parameter,
)
from schemas.reasons import Reason
from schemas.strict_json import MAX_NESTING


@dataclass(frozen=True, slots=True)
class _Use:
    """A service that functions use, and the outcome when it fails."""

    name: str
    attempt: str
    deferred: str
    permanent: str
    skipped: str = ""


_RULE = "[while it works for others](architecture.md#busy-is-not-broken)"
_MAYBE_SENT = "no response, because it may have been sent"

_USES: Mapping[Needs, _Use] = {
    # The table of the CRM's answers is in docs/contracts.md, for the CRM's team.
    Needs.CRM: _Use(
        "the CRM",
        attempt=f"5xx, 408 or no whole response, {_RULE}",
        deferred="the same while it works for nobody; "
        "[any other answer](contracts.md#for-the-crms-team-answers-that-count)",
        permanent="the CRM answers `refused`, or `not_found` to a write",
        skipped="the CRM answers `not_found` to a read, or `already_done`",
    ),
    Needs.EMAIL: _Use(
        "Amazon SES",
        attempt=f"an internal error of SES, {_RULE}; {_MAYBE_SENT}",
        deferred="the same error while it works for nobody; all other errors",
        permanent="SES refuses this email, or a template value is missing",
    ),
    Needs.SMS: _Use(
        "Amazon SNS",
        attempt=f"an internal error of SNS, {_RULE}; {_MAYBE_SENT}",
        deferred="the same error while it works for nobody; all other errors",
        permanent="the number is invalid, or the text exceeds AWS's limit",
        skipped="the number opted out of texts",
    ),
    Needs.WEBHOOKS: _Use(
        "the subscribed endpoint",
        attempt="",
        deferred="any answer but 2xx and 410, no response, an address that is not public, no signing secret: "
        "[tried again over days](architecture.md#webhooks-over-days)",
        permanent="",
        skipped="410; the endpoint is disabled, or the CRM no longer has it or its subscription",
    ),
}
"""Without the needs that cannot fail: settings of the stage, and layers."""

_REASONS: Mapping[Reason, str] = {
    Reason.INVALID_JSON: "Not JSON, or JSON that other languages or AWS would change or refuse.",
    Reason.INVALID_ENVELOPE: "A field of the envelope is missing or invalid.",
    Reason.UNKNOWN_TYPE: "No event type has this name.",
    Reason.TYPE_MISMATCH: "On the event bus, the `detail-type` differs from the message's `type`.",
    Reason.UNSUPPORTED_VERSION: "The version is newer than the deployed one: redrive the message after a deploy.",
    Reason.INVALID_PAYLOAD: "A field of the payload is missing or invalid.",
    Reason.TOO_LARGE: "The message, or one of its follow-ups, is larger than AWS accepts.",
    Reason.LOOP: f"The message is more than {MAX_HOPS} hops away from the first of its chain.",
    Reason.ID_CONFLICT: "Jobs only: an earlier message had the same id and another payload.",
    Reason.PERMANENT: "A retry cannot help: the called service or the function refused permanently.",
    Reason.ATTEMPTS_EXHAUSTED: "The last attempt failed.",
    Reason.UNAVAILABLE: "A system that its function calls was unavailable for as long as the type may wait, or an "
    "endpoint did not take it at any try.",
    Reason.CRASHED: "The function crashed on the message at every attempt.",
}

_EFFECTS: Mapping[Kind, str] = {
    Kind.REACTION: "nothing",
    Kind.JOB: "its side effect",
    Kind.ALERT: "a Slack card or an email",
}
"""The effect of a message that causes no other."""


@dataclass(frozen=True)
class _TypeEntry:
    """One event type on the page."""

    event_type: EventType[Any]
    contracts: Sequence[Contract]
    rows: FieldRows

    @property
    def newest(self) -> Contract:
        return self.contracts[-1]

    def fields(self, contract: Contract) -> Iterable[FieldRow]:
        """Return the rows of the payload's fields."""
        return self.rows.of(contract.schema["properties"]["payload"])

    @property
    def dead_letters(self) -> str:
        return dead_letter_queue_name("<stage>", self.event_type.name)

    @property
    def retry_delays(self) -> list[str]:
        """The bounds of the delay before each retry, by the formula of `Backoff`."""
        base, cap = self.event_type.backoff
        bounds = [min(cap, base * 2 ** (attempt - 1)) for attempt in range(1, self.event_type.max_attempts)]
        return [f"0 to {seconds:,.0f} s before attempt {attempt}" for attempt, seconds in enumerate(bounds, start=2)]

    @property
    def delivery_delays(self) -> str:
        """The waits before the next tries at a receiver that is not ours; empty where there is none."""
        delays = [_in_one_unit(each) for each in self.event_type.delivery_delays]
        return " and ".join(filter(None, (", ".join(delays[:-1]), *delays[-1:])))

    @property
    def patience(self) -> str:
        """For how long a message is deferred at most."""
        hours = self.event_type.patience // timedelta(hours=1)
        return f"{hours // 24} days" if hours % 24 == 0 else f"{hours} hours"

    @property
    def uses(self) -> list[str]:
        return [use.name for need, use in _USES.items() if need in self.event_type.needs]


def _in_one_unit(delay: timedelta) -> str:
    """Return a delay in the largest unit of which it has whole ones, as all of the catalogue have."""
    seconds = round(delay.total_seconds())
    units = (("h", 3600), ("min", 60), ("s", 1))
    unit, length = next((unit, length) for unit, length in units if seconds % length == 0)
    return f"{seconds // length} {unit}"


def _causes(event_type: EventType[Any], catalogue: Sequence[EventType[Any]]) -> str:
    """Return what a message causes, in the catalogue's order; a job causes others in exceptional cases alone."""
    others = [f"`{each.name}`" for each in catalogue if each in event_type.emits | event_type.schedules]
    if event_type.kind is Kind.REACTION and others:
        return ", ".join(others)
    exceptional = f"; in exceptional cases {', '.join(others)}" if others else ""
    return f"{_EFFECTS[event_type.kind]}{exceptional}"


def events_md(contracts: Sequence[Contract]) -> str:
    """Return the page as Markdown."""
    blocks = BuildingBlocks.of(contracts)
    rows = FieldRows(blocks, definitions(contracts))
    entries = [
        _TypeEntry(event_type, list(versions), rows)
        for event_type, versions in groupby(contracts, key=lambda contract: contract.event_type)
    ]
    outer = list(rows.of(envelope()))
    every = [*outer, *(row for entry in entries for contract in entry.contracts for row in entry.fields(contract))]
    types = " ".join(row.type for row in every)
    catalogue = [entry.event_type for entry in entries]
    return rendered(
        "events.md.j2",
        entries=entries,
        envelope=outer,
        blocks=sorted((each.name, described(each)) for each in blocks if f"[{each.name}]" in types),
        reasons=_REASONS,
        uses=_USES.values(),
        nesting=MAX_NESTING,
        job=Kind.JOB,
        alert=Kind.ALERT,
        causes=lambda event_type: _causes(event_type, catalogue),
        queue_parameter=ingress_queue_url_parameter("{stage}"),
        bus_parameter=event_bus_name_parameter("{stage}"),
        ingress_dead_letters=dead_letter_queue_name("<stage>", QUEUE_PROCESSOR),
        causing=lambda event_type, how: [each.name for each in catalogue if event_type in getattr(each, how)],
        names=lambda event_types: [each.name for each in catalogue if each in event_types],
        listed=listed,
    )
