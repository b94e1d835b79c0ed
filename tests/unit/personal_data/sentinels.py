"""Messages and answers in which each value that is a person's, or secret, can be told from all other text."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from ops.contracts.examples import example_payload
from ops.contracts.formats.personal_data_page import Field, fields_of
from schemas.event_type import EventType
from schemas.wire import WireModel

STRIPES_OWN = {
    "customer_name": "name",
    "customer_email": "email",
    "customer_phone": "phone",
    "customer_address": {"line1": "text"},
    "hosted_invoice_url": "downloadUrl",
}
"""Of an invoice: what Stripe sends and nobody here reads (docs.stripe.com/api/invoices/object)."""

SES_OWN = {
    "commonHeaders": {"to": "email", "subject": "text"},
    "headers": {"name": "text", "value": "email"},
    "sourceIp": "text",
}
"""The fields of SES's mail that nobody here reads (SES Developer Guide, "Mail object")."""


@dataclass
class Sentinels:
    """Makes values that stand nowhere else, and finds them again, whatever was done to them."""

    tokens: dict[str, str] = field(default_factory=dict)
    """What to look for, and where it was put."""

    values: list[str] = field(default_factory=list)
    """As they stand in a message."""

    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def found_in(self, text: str) -> list[str]:
        """The places whose values stand in a text, in whatever letters."""
        lowered = text.lower()
        return [f"{place} in {text}" for token, place in self.tokens.items() if token.lower() in lowered]

    def value(self, place: str) -> str:
        """A value that fits the field of a path."""
        number = next(self._numbers)
        token = _token(place, number)
        self.tokens[token] = place
        value = _shaped(place, token)
        self.values.append(value)
        return value

    def payload(self, event_type: EventType[Any], version: int) -> dict[str, Any]:
        """The contract's example, with a value of ours in each field that is marked, also where it need not be."""
        payload = example_payload(event_type, version)
        for each in fields_of(event_type.payload_of(version)):
            if each.is_guarded:
                self._put(payload, each, event_type.name)
        return payload

    def answer(self, model: type[WireModel], example: Mapping[str, Any]) -> dict[str, Any]:
        """An answer of the CRM's, likewise."""
        answer = json.loads(json.dumps(example))
        for each in fields_of(model):
            if each.is_guarded:
                self._put(answer, each, model.__name__)
        return dict(answer)

    def _put(self, payload: dict[str, Any], marked: Field, owner: str) -> None:
        place = f"{owner} {marked.path}"
        holder: Any = payload
        *way, last = marked.path.removesuffix("[]").split(".")
        for step in way:
            holder = holder[step.removesuffix("[]")]
            holder = holder[0] if step.endswith("[]") else holder
        if owner.startswith("stripe."):
            holder[last]["data"]["object"] |= self._like(STRIPES_OWN, place)
        elif marked.path == "sesEvent":
            holder[last]["mail"] |= self._like(SES_OWN, place)
        elif isinstance(holder.get(last), dict):
            holder[last] = self._mixed(holder[last], place)
        else:
            value = self.value(place)
            holder[last] = [value] if marked.path.endswith("[]") else value

    def _like(self, wanted: Mapping[str, Any], place: str) -> dict[str, Any]:
        return {
            name: self._like(kind, place) if isinstance(kind, dict) else self.value(f"{place} {kind}")
            for name, kind in wanted.items()
        }

    def _mixed(self, values: Mapping[str, Any], place: str) -> dict[str, Any]:
        """Where any JSON may stand: texts and keys, deep within too; times stay, for a mail's template reads them."""
        ours = {
            name: value if str(value)[:2].isdigit() else self.value(f"{place} text") for name, value in values.items()
        }
        return ours | {"more": [{self.value(f"{place} key"): self.value(f"{place} deep")}]}


def _is(place: str, *kinds: str) -> bool:
    return place.endswith(kinds)


def _token(place: str, number: int) -> str:
    """What stands in the value and nowhere else, in letters that no way of writing changes."""
    if _is(place, "phone", "sms.send to"):
        return f"5557{number:03}9"
    if _is(place, "secrets[]"):
        return base64.b64encode(f"pii{number}q".ljust(24, "-").encode()).decode()
    return f"pii{number}q"


def _shaped(place: str, token: str) -> str:
    """With quotes and letters that Python, JSON and URLs each write their own way, wherever the contract takes them."""
    if _is(place, "phone", "sms.send to"):
        return f"+1{token}"
    if _is(place, "email", "replyTo", "companyEmail", "destination[]"):
        return f"{token}@sentinel.example"
    if _is(place, "downloadUrl", "acceptUrl", "unsubscribeUrl", "url"):
        return f"https://sentinel.example/hook?token={token}"
    if _is(place, "secrets[]"):
        return f"whsec_{token}"
    return f'Zoë "{token}" O\'Neil \\ Åse'
