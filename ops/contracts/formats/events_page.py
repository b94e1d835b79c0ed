"""`docs/events.md`: every type on one page, for people who publish events or answer for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ops.contracts.contract import Contract, definitions, envelope
from ops.contracts.formats.building_blocks import BuildingBlocks
from ops.contracts.formats.templates import rendered
from ops.contracts.formats.words import FieldRow, FieldRows, described, listed
from schemas.event_type import EventType, Kind, Needs
from schemas.message import MAX_HOPS
from schemas.names import MessagingOutput, event_bus_name_parameter, ingress_queue_url_parameter
from schemas.reasons import Reason
from schemas.strict_json import MAX_NESTING


@dataclass(frozen=True, slots=True)
class _Use:
    """What a function uses, and what becomes of a message when that fails."""

    name: str
    permanent: str
    skipped: str = ""
    tried_again: str = "all else"


_HTTP_AGAIN = "408, 425, 429, 5xx, no answer"

_USES: Mapping[Needs, _Use] = {
    Needs.CRM: _Use("the CRM", "any other 4xx", "404 to a read, 409 to a write", _HTTP_AGAIN),
    Needs.EMAIL: _Use("Amazon SES", "the mail is refused for good, or its template lacks a value"),
    Needs.SMS: _Use("Amazon SNS", "the number is invalid or opted out, or the text is longer than AWS sends"),
    Needs.WEBHOOKS: _Use(
        "the subscribed endpoint",
        "any other 4xx, a redirect, an address that is not public, no signing secret",
        "the endpoint is gone from the CRM, or no longer subscribed",
        _HTTP_AGAIN,
    ),
}
"""The other needs are settings of the stage, or a layer: they cannot fail."""

_REASONS: Mapping[Reason, str] = {
    Reason.INVALID_JSON: "It is no JSON, or JSON that other languages or AWS would change or refuse.",
    Reason.INVALID_ENVELOPE: "A field beside the payload is missing or not as it must be.",
    Reason.UNKNOWN_TYPE: "No type of the catalogue has this name.",
    Reason.TYPE_MISMATCH: "On the bus, the `detail-type` is another type than the message's.",
    Reason.UNSUPPORTED_VERSION: "The version is newer than what is deployed: redrive it after the deploy.",
    Reason.INVALID_PAYLOAD: "A field of the payload is missing or not as it must be.",
    Reason.TOO_LARGE: "The message, or what follows from it, is larger than AWS takes.",
    Reason.LOOP: f"It is more than {MAX_HOPS} messages away from the first of its chain.",
    Reason.ID_CONFLICT: "Another message with this id and another payload was done before (jobs alone).",
    Reason.PERMANENT: "Trying again cannot help: the other side, or the function, said no for good.",
    Reason.ATTEMPTS_EXHAUSTED: "The last attempt failed too.",
    Reason.CRASHED: "The process died of it, again and again.",
}


_CONSEQUENCES: Mapping[Kind, str] = {
    Kind.REACTION: "nothing",
    Kind.JOB: "its side effect",
    Kind.ALERT: "a card in Slack, or a mail",
}
"""What comes of a message that causes no other."""


@dataclass(frozen=True)
class _TypeEntry:
    """One type on the page."""

    event_type: EventType[Any]
    contracts: Sequence[Contract]
    rows: FieldRows

    @property
    def newest(self) -> Contract:
        return self.contracts[-1]

    def fields(self, contract: Contract) -> Iterable[FieldRow]:
        """The payload's."""
        return self.rows.of(contract.schema["properties"]["payload"])

    @property
    def dead_letters(self) -> str:
        return MessagingOutput.dead_letter_queue_url(self.event_type.construct_id)

    @property
    def waits(self) -> str:
        """The longest that is waited before each attempt but the first, in words."""
        backoff = self.event_type.backoff
        longest = (min(backoff.cap, backoff.base * 2**before) for before in range(self.event_type.max_attempts - 1))
        first, *others = [f"{seconds:,.0f} s" for seconds in longest] or ["0 s"]
        return ", ".join([f"at most {first}", *others])

    @property
    def uses(self) -> list[str]:
        return [use.name for need, use in _USES.items() if need in self.event_type.needs]


def events_md(contracts: Sequence[Contract]) -> str:
    """The page."""
    blocks = BuildingBlocks.of(contracts)
    rows = FieldRows(blocks, definitions(contracts))
    entries = [
        _TypeEntry(event_type, list(versions), rows)
        for event_type, versions in groupby(contracts, key=lambda contract: contract.event_type)
    ]
    around = list(rows.of(envelope()))
    every = [*around, *(row for entry in entries for contract in entry.contracts for row in entry.fields(contract))]
    types = " ".join(row.type for row in every)
    catalogue = [entry.event_type for entry in entries]
    return rendered(
        "events.md.j2",
        entries=entries,
        envelope=around,
        blocks=sorted((each.name, described(each)) for each in blocks if f"[{each.name}]" in types),
        reasons=_REASONS,
        uses=_USES.values(),
        nesting=MAX_NESTING,
        job=Kind.JOB,
        alert=Kind.ALERT,
        consequence=_CONSEQUENCES,
        queue_parameter=ingress_queue_url_parameter("{stage}"),
        bus_parameter=event_bus_name_parameter("{stage}"),
        ingress_dead_letters=MessagingOutput.INGRESS_DEAD_LETTER_QUEUE_URL,
        sources=lambda event_type, how: [each.name for each in catalogue if event_type in getattr(each, how)],
        named=lambda event_types: [each.name for each in catalogue if each in event_types],
        listed=listed,
    )
