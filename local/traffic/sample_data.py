"""Random data for one sample message, always the same for the same seed and number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from local.standins.crm.companies import COMPANIES, PLACES, Company, Place, mailbox
from local.traffic.settings import ScheduleSettings

T = TypeVar("T")

_FIRST_PHONE_NUMBER = 5_550_000
"""Seven digits, as the places' prefixes require."""


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """A person with a unique email address and phone number."""

    name: str
    place: Place
    email: str
    phone: str


@dataclass(frozen=True)
class SampleData:
    """A source of random values for one message."""

    seed: int
    number: int
    """The number of the message, unique within a run."""

    now: datetime
    settings: ScheduleSettings
    _random: Random = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Seed the generator."""
        object.__setattr__(self, "_random", Random(f"{self.seed}/{self.number}"))  # noqa: S311 no secret

    def choice(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return self._random.choice(choices)

    def integer(self, least: int, most: int) -> int:
        """An integer from least to most, both included."""
        return self._random.randint(least, most)

    def uuid(self) -> str:
        """A UUID."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def alphanumeric(self, count: int) -> str:
        """ASCII letters and digits, as in Stripe's ids and in signed links."""
        alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        return "".join(self._random.choices(alphabet, k=count))

    def company(self) -> Company:
        """The tenant of the message."""
        return self.choice(COMPANIES)

    def person(self, nth: int = 0) -> SamplePerson:
        """A person; the nth of several in one message."""
        place = self.choice(PLACES)
        name = self.choice(place.residents)
        tag = f"{self.number:03}" + (f".{nth}" if nth else "")
        return SamplePerson(
            name,
            place,
            email=f"{mailbox(name)}.{tag}@example.com",
            phone=f"{place.dialling_prefix}{_FIRST_PHONE_NUMBER + self.number}",
        )

    def recent_time(self) -> datetime:
        """A moment within the last 90 seconds, in whole milliseconds."""
        moment = self.now - timedelta(seconds=self.integer(1, 90))
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def start_time(self, least: timedelta, most: timedelta) -> datetime:
        """A full quarter of an hour between two distances from now."""
        moment = self.now + least + timedelta(minutes=15 * self.integer(1, (most - least) // timedelta(minutes=15)))
        return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)

    def timestamp(self, moment: datetime) -> str:
        """RFC 3339 in one of the forms that producers write."""
        milliseconds = moment.astimezone(UTC).isoformat(timespec="milliseconds")
        return self.choice((milliseconds, milliseconds.replace("+00:00", "Z")))

    def local_timestamp(self, moment: datetime, place: Place) -> str:
        """RFC 3339 with the place's UTC offset."""
        return moment.astimezone(ZoneInfo(place.time_zone)).isoformat()
