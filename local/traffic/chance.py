"""What chance gives to one message: the same again for the same seed and number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from local.standins.crm.people import COMPANIES, PLACES, City, Company, mailbox
from local.traffic.settings import Rules

T = TypeVar("T")

_FIRST_SUBSCRIBER = 5_550_000
"""Of seven digits, as the places' prefixes ask."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an address of their own."""

    name: str
    place: City
    email: str
    phone: str


@dataclass(frozen=True)
class Chance:
    """Gives one thing after another."""

    seed: int
    number: int
    """The message's: no other has it."""

    now: datetime
    rules: Rules
    _random: Random = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Begin anew."""
        object.__setattr__(self, "_random", Random(f"{self.seed}/{self.number}"))  # noqa: S311 no secret

    def among(self, choices: Sequence[T]) -> T:
        """One of these."""
        return self._random.choice(choices)

    def whole(self, least: int, most: int) -> int:
        """A whole number from the least to the most."""
        return self._random.randint(least, most)

    def uuid(self) -> str:
        """A UUID."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def letters(self, count: int) -> str:
        """Letters and digits, as in Stripe's ids and in signed links."""
        alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        return "".join(self._random.choices(alphabet, k=count))

    def company(self) -> Company:
        """Whose message it is."""
        return self.among(COMPANIES)

    def person(self, nth: int = 0) -> Person:
        """Somebody; the nth of several in one message."""
        place = self.among(PLACES)
        name = self.among(place.people)
        tag = f"{self.number:03}" + (f".{nth}" if nth else "")
        return Person(
            name,
            place,
            email=f"{mailbox(name)}.{tag}@example.com",
            phone=f"{place.dialling_prefix}{_FIRST_SUBSCRIBER + self.number}",
        )

    def just_now(self) -> datetime:
        """When it happened: within the last minute and a half, to the millisecond."""
        moment = self.now - timedelta(seconds=self.whole(1, 90))
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def start(self, least: timedelta, most: timedelta) -> datetime:
        """A full quarter of an hour, between so long and so long from now."""
        moment = self.now + least + timedelta(minutes=15 * self.whole(1, (most - least) // timedelta(minutes=15)))
        return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)

    def text(self, moment: datetime) -> str:
        """RFC 3339, as different producers write it."""
        milliseconds = moment.astimezone(UTC).isoformat(timespec="milliseconds")
        return self.among((milliseconds, milliseconds.replace("+00:00", "Z")))

    def local_text(self, moment: datetime, place: City) -> str:
        """RFC 3339 with the place's own offset."""
        return moment.astimezone(ZoneInfo(place.time_zone)).isoformat()
