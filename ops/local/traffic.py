"""Realistic bookings, and what is wrong with a few of them. The same seed makes the same ones."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from ops.local.people import COMPANIES, PLACES
from schemas.bookings import BOOKING_CREATED
from schemas.identity import derived_id

SOURCE = "taly.backend"
UNKNOWN_TYPE = "booking.archived"
"""A type that no catalogue has."""


class Door(StrEnum):
    """Where producers hand over a message."""

    QUEUE = "ingress queue"
    BUS = "event bus"


class Fate(StrEnum):
    """What a message was made for."""

    CONFIRMED = "confirmed"
    CRM_FAILS_ONCE = "the CRM answers 503 once"
    CRM_REFUSES = "the CRM refuses its activity for good"
    BROKEN_JSON = "broken JSON"
    UNKNOWN_TYPE = "unknown type"
    INVALID_PAYLOAD = "invalid payload"

    @property
    def is_valid(self) -> bool:
        """Whether it becomes a mail and an activity."""
        return self in {Fate.CONFIRMED, Fate.CRM_FAILS_ONCE, Fate.CRM_REFUSES}


@dataclass(frozen=True, slots=True)
class Publication:
    """One message to hand over."""

    door: Door
    fate: Fate
    type: str
    body: str
    company_id: str
    id: str
    """The message's id, derived where it gives none; empty where the body cannot be read."""

    booking_id: str
    email: str
    """The customer's, no other booking's: by it a mail is known to be this booking's."""


_UNCOMMON: Mapping[Door, Mapping[Fate, int]] = {
    Door.QUEUE: {
        Fate.CRM_FAILS_ONCE: 4,
        Fate.CRM_REFUSES: 1,
        Fate.BROKEN_JSON: 2,
        Fate.UNKNOWN_TYPE: 2,
        Fate.INVALID_PAYLOAD: 1,
    },
    Door.BUS: {Fate.CRM_FAILS_ONCE: 4, Fate.UNKNOWN_TYPE: 2, Fate.INVALID_PAYLOAD: 1},
}
"""How many of a door's messages are not simply confirmed. EventBridge itself takes no broken JSON."""


@dataclass(frozen=True)
class Bookings:
    """Makes bookings."""

    seed: int
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def morning(self, count: int) -> list[Publication]:
        """A busy morning: so many messages over both doors, the uncommon ones somewhere among them."""
        random = Random(self.seed)  # noqa: S311 no secret
        fates = {door: self._fates(door, count // 2, random) for door in Door}
        return [
            self.booking(door, fate, number=index * len(Door) + offset)
            for index in range(count // 2)
            for offset, door in enumerate(Door)
            for fate in [fates[door][index]]
        ]

    def booking(self, door: Door, fate: Fate = Fate.CONFIRMED, *, number: int, **fields: Any) -> Publication:  # noqa: ANN401 JSON
        """One message.

        Args:
            door: where it will be handed over.
            fate: what is wrong with it.
            number: different for each; every second one gives its own id.
            **fields: further fields of the message, on the wire's names, such as `attempts`.
        """
        random = Random(f"{self.seed}/{number}")  # noqa: S311 no secret
        payload = self._payload(random, number)
        message = {
            "type": BOOKING_CREATED.name,
            "payload": payload,
            "timestamp": self._text(self.now - timedelta(seconds=random.randrange(1, 90)), random),
            "attempts": 1,
            **({"id": _uuid(random), "source": SOURCE} if number % 2 else {}),
            **fields,
        }
        if fate is Fate.UNKNOWN_TYPE:
            message["type"] = UNKNOWN_TYPE
        if fate is Fate.INVALID_PAYLOAD:
            payload["startTime"] = payload["startTime"][:16].replace("T", " ")
        made = Publication(
            door=door,
            fate=fate,
            type=str(message["type"]),
            body=json.dumps(message, ensure_ascii=False),
            company_id=payload["companyId"],
            id=str(message.get("id") or derived_id(str(message["type"]), payload, str(message["timestamp"]))),
            booking_id=payload["bookingId"],
            email=payload["customer"]["email"],
        )
        return replace(made, body=made.body[:-20], id="") if fate is Fate.BROKEN_JSON else made

    def _payload(self, random: Random, number: int) -> dict[str, Any]:
        place, company = random.choice(PLACES), random.choice(COMPANIES)
        name = random.choice(place.customers)
        quarter = self.now.replace(minute=15 * random.randrange(4), second=0, microsecond=0)
        start = quarter + timedelta(days=random.randrange(1, 60), hours=random.randrange(24))
        return {
            "companyId": company.id,
            "bookingId": _uuid(random),
            "companyName": company.name,
            "customer": {
                "name": name,
                "email": f"{_mailbox(name)}.{number:03}@example.com",
                "phone": f"{place.dialling_prefix}{random.randrange(10**6, 10**7)}",
                "locale": place.locale,
            },
            "service": random.choice(company.services),
            "staff": random.choice(company.staff),
            "startTime": start.astimezone(ZoneInfo(place.time_zone)).isoformat(),
            "endTime": self._text(start + timedelta(minutes=random.choice((30, 45, 90))), random),
            "timeZone": place.time_zone,
            **({"note": "Please ring twice 🔔"} if random.random() < 0.1 else {}),  # noqa: PLR2004 a tenth
        }

    @staticmethod
    def _fates(door: Door, count: int, random: Random) -> list[Fate]:
        uncommon = [fate for fate, times in _UNCOMMON[door].items() for _ in range(times)]
        fates = uncommon + [Fate.CONFIRMED] * (count - len(uncommon))
        random.shuffle(fates)
        return fates

    @staticmethod
    def _text(moment: datetime, random: Random) -> str:
        """RFC 3339, as different producers write it."""
        milliseconds = moment.astimezone(UTC).isoformat(timespec="milliseconds")
        return random.choice((milliseconds, milliseconds.replace("+00:00", "Z")))


def _mailbox(name: str) -> str:
    """A name in ASCII letters, as far as it has any."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return ".".join("".join(filter(str.isalpha, word)) for word in ascii_name.split()).strip(".") or "guest"


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))
