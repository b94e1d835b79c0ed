"""What the stand-in CRM knows and remembers: appointments, admins, payments, webhooks; the calls, and its answers."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from threading import Lock
from typing import Any

from local.standins.crm.people import admins_of
from local.standins.webhooks.state import Subscriber
from schemas.crm import Appointment, CompanyAdmins, CompanyWebhooks, WebhookEndpoint


@dataclass(frozen=True, slots=True)
class CrmFailure:
    """How calls about one company or subject go wrong."""

    status: int = HTTPStatus.OK
    """The answer; 200 for a CRM that is slow alone."""

    times: int | None = None
    """How many calls go wrong before they go well again; None for all."""

    seconds: float = 0
    """How long an answer takes."""

    garbage: bool = False
    """Whether the answer is no HTTP at all."""

    text: str = ""
    """What stands in the answer in place of what should."""

    retry_after: str = ""
    """The answer's header of that name."""

    signal: int = 0
    """What the calling process is sent in place of an answer: SIGKILL, or SIGSTOP to hang for good. Linux alone."""

    @property
    def is_unheard(self) -> bool:
        """Whether nobody is told anything."""
        return self.garbage or self.signal != 0


NONE = CrmFailure()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the stand-ins are told before a message comes."""

    appointments: tuple[Appointment, ...] = ()
    paid: tuple[str, ...] = ()
    """Payments that need no retry any more."""

    failures: Mapping[str, CrmFailure] = field(default_factory=dict)
    """By the id that the failing calls are about."""

    subscribers: tuple[Subscriber, ...] = ()
    """Of these the receiver of webhooks is told first: it gives them their addresses."""


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
    """0 where nobody is told anything."""

    @property
    def accepted(self) -> bool:
        """Whether the caller was told that it is done."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class CrmState:
    """The CRM's state, safe for the threads of its server."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: list[Call] = []
        self._failures: dict[str, CrmFailure] = {}
        self._appointments: dict[str, Appointment] = {}
        self._admins: dict[str, CompanyAdmins] = {}
        self._paid: set[str] = set()
        self._webhooks: dict[tuple[str, str], dict[str, WebhookEndpoint]] = {}

    def learn(self, facts: Facts) -> None:
        """Know these from now on, besides what is known; subscribers are made known by `subscribe`, with an address."""
        with self._lock:
            self._appointments |= {appointment.id: appointment for appointment in facts.appointments}
            self._paid |= set(facts.paid)
            self._failures |= facts.failures

    def fail(self, about: str, failure: CrmFailure) -> None:
        """Let calls about a company or a subject, given by its id, go wrong from now on."""
        self.learn(Facts(failures={about: failure}))

    def recover(self) -> None:
        """Let all calls go well from now on."""
        with self._lock:
            self._failures.clear()

    def forget_appointment(self, appointment_id: str) -> None:
        """Know no such appointment any more."""
        with self._lock:
            self._appointments.pop(appointment_id, None)

    def appoint(self, company_id: str, admins: CompanyAdmins) -> None:
        """Let a company be run by these."""
        with self._lock:
            self._admins[company_id] = admins

    def subscribe(self, company_id: str, event: str, endpoints: Iterable[WebhookEndpoint]) -> None:
        """Let a company's endpoints, besides those that are known, be told of a type of event."""
        with self._lock:
            self._webhooks.setdefault((company_id, event), {}).update({each.id: each for each in endpoints})

    def unsubscribe(self, company_id: str, event: str, endpoint_id: str | None = None) -> None:
        """Let an endpoint of a company's be told of a type of event no longer; None for all of them."""
        with self._lock:
            if endpoint_id is None:
                self._webhooks.pop((company_id, event), None)
            else:
                self._webhooks.get((company_id, event), {}).pop(endpoint_id, None)

    def webhooks(self, company_id: str, event: str) -> CompanyWebhooks:
        """Who is told of a type of event."""
        with self._lock:
            return CompanyWebhooks(endpoints=tuple(self._webhooks.get((company_id, event), {}).values()))

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

    def plan(self, about: Iterable[str]) -> CrmFailure:
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
        return NONE

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
        """The calls about one booking, appointment, payment, report or company."""
        return tuple(call for call in self.calls() if call.about == subject)

    def times_accepted(self) -> Counter[str]:
        """How often the caller was told "done", by idempotency key. More than once is one side effect too many."""
        return Counter(call.key for call in self.calls() if call.key and call.accepted)
