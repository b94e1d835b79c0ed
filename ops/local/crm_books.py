"""What the stand-in CRM knows and remembers: appointments, admins, payments; the calls that came, and its answers."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from threading import Lock
from typing import Any

from ops.local.people import admins_of
from schemas.crm import Appointment, CompanyAdmins


@dataclass(frozen=True, slots=True)
class Failure:
    """How calls about one company or subject go wrong."""

    status: int = HTTPStatus.OK
    """The answer; 200 for a CRM that is slow alone."""

    times: int | None = None
    """How many calls go wrong before they go well again; None for all."""

    seconds: float = 0
    """How long an answer takes."""

    garbage: bool = False
    """Whether the answer is no HTTP at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the CRM is told before a message comes."""

    appointments: tuple[Appointment, ...] = ()
    paid: tuple[str, ...] = ()
    """Payments that need no retry any more."""

    failures: Mapping[str, Failure] = field(default_factory=dict)
    """By the id that the failing calls are about."""


NOTHING = Facts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call and its answer."""

    method: str
    path: str
    about: str
    """The id in its path, or its body's subject."""

    key: str
    """Its idempotency key: the id of the message. Empty for a read."""

    body: Mapping[str, Any]
    status: int
    """0 for garbage."""

    @property
    def accepted(self) -> bool:
        """Whether the caller was told that it is done."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class CrmBooks:
    """The CRM's state, safe for the threads of its server."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: list[Call] = []
        self._failures: dict[str, Failure] = {}
        self._appointments: dict[str, Appointment] = {}
        self._admins: dict[str, CompanyAdmins] = {}
        self._paid: set[str] = set()

    def learn(self, facts: Facts) -> None:
        """Know these from now on, besides what is known."""
        with self._lock:
            self._appointments |= {appointment.id: appointment for appointment in facts.appointments}
            self._paid |= set(facts.paid)
            self._failures |= facts.failures

    def fail(self, about: str, failure: Failure) -> None:
        """Let calls about a company or a subject, given by its id, go wrong from now on."""
        self.learn(Facts(failures={about: failure}))

    def forget_appointment(self, appointment_id: str) -> None:
        """Know no such appointment any more."""
        with self._lock:
            self._appointments.pop(appointment_id, None)

    def appoint(self, company_id: str, admins: CompanyAdmins) -> None:
        """Let a company be run by these."""
        with self._lock:
            self._admins[company_id] = admins

    def appointment(self, appointment_id: str) -> Appointment | None:
        """An appointment as it stands; None where there is none."""
        with self._lock:
            return self._appointments.get(appointment_id)

    def admins(self, company_id: str) -> CompanyAdmins:
        """Who runs a company's account: those who were appointed, or whom `people` knows."""
        with self._lock:
            return self._admins.get(company_id) or admins_of(company_id)

    def is_paid(self, payment_id: str) -> bool:
        """Whether there is nothing left to charge."""
        with self._lock:
            return payment_id in self._paid

    def plan(self, about: Iterable[str]) -> Failure:
        """What shall happen to a call about these ids, the first that is to fail; one of its `times` is used up."""
        with self._lock:
            for subject in about:
                failure = self._failures.get(subject)
                if failure is None:
                    continue
                if failure.times is None:
                    return failure
                if failure.times > 0:
                    self._failures[subject] = replace(failure, times=failure.times - 1)
                    return failure
        return Failure()

    def enter(self, call: Call) -> Call:
        """Settle a call: a key's second use for something else is refused, as Stripe's API does."""
        with self._lock:
            reused = call.key and any(
                earlier.key == call.key and earlier.accepted and (earlier.path, earlier.body) != (call.path, call.body)
                for earlier in self._calls
            )
            settled = replace(call, status=HTTPStatus.UNPROCESSABLE_ENTITY) if reused else call
            self._calls.append(settled)
            return settled

    def calls(self) -> tuple[Call, ...]:
        """Every call with a valid token, in order."""
        with self._lock:
            return tuple(self._calls)

    def calls_about(self, subject: str) -> tuple[Call, ...]:
        """The calls about one booking, appointment, payment or company."""
        return tuple(call for call in self.calls() if call.about == subject)

    def times_accepted(self) -> Counter[str]:
        """How often the caller was told "done", by idempotency key. More than once is one side effect too many."""
        return Counter(call.key for call in self.calls() if call.key and call.accepted)
