"""The stand-in CRM's state: its data, the calls that it recorded, and the failures that are planned."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Lock
from typing import Any

from local.standins.crm.companies import admins_of
from local.standins.crm.contacts import Contacts
from local.standins.crm.outage import CrmCapacity, CrmOutage, RateLimit
from local.standins.crm.proxy import CrmProxy, Request
from local.standins.crm.subscriptions import Subscriptions
from local.standins.webhooks.state import Subscriber
from schemas.crm import Appointment, CompanyAdmins, PaymentState
from schemas.crm_answers import CONTENT_TYPE


@dataclass(frozen=True, slots=True)
class CrmFailure:
    """How calls about one company or subject fail."""

    status: int = HTTPStatus.OK
    """The response's status; 200 if the CRM is only slow."""

    times: int | None = None
    """How many calls fail before calls succeed again; None for all."""

    seconds: float = 0
    """The delay before the response."""

    garbage: bool = False
    """Whether the response is not HTTP."""

    text: str = ""
    """The body of a proxy that answers in the CRM's place: the CRM never sees the call."""

    content_type: str = CONTENT_TYPE
    """The response's Content-Type header."""

    retry_after: str = ""
    """The response's Retry-After header."""

    signal: int = 0
    """A signal for the calling process instead of a response: SIGKILL, or SIGSTOP to hang it. Linux only."""

    @property
    def sends_no_response(self) -> bool:
        """Whether the caller gets no HTTP response."""
        return self.garbage or self.signal != 0


NO_FAILURE = CrmFailure()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The data that the stand-ins need before a message arrives."""

    appointments: tuple[Appointment, ...] = ()
    paid: tuple[str, ...] = ()
    """Payments that need no retry any more."""

    retries: Mapping[str, int] = field(default_factory=dict)
    """How many retries of these payments were made before."""

    failures: Mapping[str, CrmFailure] = field(default_factory=dict)
    """Failures by the id that the calls are about."""

    behind_proxy: tuple[str, ...] = ()
    """Ids of companies and subjects: a proxy answers the first call of each request about them."""

    odd: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By path: odd fields of the answer, and odd rows of its lists, which the models of `schemas/crm.py` refuse."""

    subscribers: tuple[Subscriber, ...] = ()
    """Webhook subscribers. The webhook receiver gets them first, since it gives them their URLs."""


NO_FACTS = Facts()


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmCall:
    """A recorded call and its response."""

    method: str
    path: str
    about: str
    """The id in the path, or the subject in the body."""

    key: str
    """The idempotency key, which is type, tenant and id of the message; empty for a read."""

    body: Mapping[str, Any]
    status: int
    """The response's status; 0 if the caller got none."""

    by_proxy: bool = False
    """Whether a proxy answered, so that nothing was done."""

    @property
    def accepted(self) -> bool:
        """Whether the CRM did what it was asked, and said so."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES and not self.by_proxy

    @property
    def charged(self) -> bool:
        """Whether a call that retries a payment charged it; the charge may have been declined."""
        return self.accepted or (self.status == HTTPStatus.PAYMENT_REQUIRED and not self.by_proxy)


class CrmState:
    """The CRM's state, safe for the server's threads."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Know nothing yet. `now` is the clock of outages, limits and endpoints."""
        self._lock = Lock()
        self._calls: list[CrmCall] = []
        self._failures: dict[str, CrmFailure] = {}
        self._proxy = CrmProxy()
        self._capacity = CrmCapacity(now)
        self._odd: dict[str, Mapping[str, Any]] = {}
        self._appointments: dict[str, Appointment] = {}
        self._admins: dict[str, CompanyAdmins] = {}
        self._paid: set[str] = set()
        self._retries: Counter[str] = Counter()
        self.subscriptions = Subscriptions(now)
        self.contacts = Contacts()

    def add(self, facts: Facts) -> None:
        """Add this data, except subscribers: `subscriptions` gets them with their URLs."""
        with self._lock:
            self._appointments |= {appointment.id: appointment for appointment in facts.appointments}
            self._paid |= set(facts.paid)
            self._retries.update(facts.retries)
            self._failures |= facts.failures
            self._odd |= facts.odd
        if facts.behind_proxy:
            self.put_behind_proxy(facts.behind_proxy)

    def fail(self, about: str, failure: CrmFailure) -> None:
        """Let calls about this id of a company or subject fail from now on."""
        self.add(Facts(failures={about: failure}))

    def put_behind_proxy(self, about: Iterable[str] | None = None, *, answers_each: int = 1) -> None:
        """Let a proxy answer in the CRM's place (`CrmProxy.stand_before`); by default all calls until `recover`."""
        with self._lock:
            self._proxy.stand_before(about, answers_each=answers_each)

    def begin_outage(
        self, seconds: float, status: int = HTTPStatus.SERVICE_UNAVAILABLE, *, routes: Collection[str] = ()
    ) -> None:
        """Answer all calls of these routes, or of all, with this status for some seconds, and do nothing."""
        with self._lock:
            self._capacity.begin_outage(seconds, status, routes)

    def limit(self, route: str, limit: RateLimit) -> None:
        """Take only so many calls of a route a second, such as `POST /internal/activity`, until `recover`."""
        with self._lock:
            self._capacity.limit(route, limit)

    @property
    def outages(self) -> tuple[CrmOutage, ...]:
        """All outages so far, in order."""
        with self._lock:
            return self._capacity.outages

    def recover(self) -> None:
        """Let all calls reach the CRM and succeed from now on."""
        with self._lock:
            self._failures.clear()
            self._proxy.leave()
            self._capacity.end_outage()
            self._capacity.lift_limits()

    def remove_appointment(self, appointment_id: str) -> None:
        """Remove an appointment."""
        with self._lock:
            self._appointments.pop(appointment_id, None)

    def set_admins(self, company_id: str, admins: CompanyAdmins) -> None:
        """Set the admins of a company."""
        with self._lock:
            self._admins[company_id] = admins

    def appointment(self, appointment_id: str) -> Appointment | None:
        """The current appointment; None if there is none."""
        with self._lock:
            return self._appointments.get(appointment_id)

    def admins(self, company_id: str) -> CompanyAdmins:
        """The admins of a company: those that were set, or those in `companies`."""
        with self._lock:
            return self._admins.get(company_id) or admins_of(company_id)

    def payment(self, payment_id: str) -> PaymentState:
        """The state of a payment; the retries are those that were set and those that were made since."""
        path = f"/internal/payments/{payment_id}/retry"
        charged = {call.key for call in self.calls() if call.path == path and call.charged}
        status = "paid" if self.is_paid(payment_id) else "open"
        return PaymentState(status=status, retries=self._retries[payment_id] + len(charged))

    def is_paid(self, payment_id: str) -> bool:
        """Whether the payment is paid."""
        with self._lock:
            return payment_id in self._paid

    def odd(self, path: str) -> Mapping[str, Any]:
        """The odd fields and rows of the answer to a read."""
        with self._lock:
            return self._odd.get(path, {})

    def next_failure(self, about: Sequence[str], request: Request, route: str) -> CrmFailure:
        """The failure of a call about these ids, of the first id that is to fail; uses up one of its `times`.

        A refused call uses up nothing.
        """
        with self._lock:
            if refusal := self._capacity.refusal(route):
                return CrmFailure(refusal.status, retry_after=refusal.retry_after)
            if page := self._proxy.page(about, request):
                return CrmFailure(page.status, text=page.body, content_type=page.content_type)
            for subject in about:
                failure = self._failures.get(subject)
                if failure is None:
                    continue
                if failure.times is None:
                    return failure
                if failure.times > 0:
                    self._failures[subject] = replace(failure, times=failure.times - 1)
                    return failure
        return NO_FAILURE

    def record(self, call: CrmCall) -> CrmCall:
        """Record a call. As in Stripe's API, a key's second use for another request is refused."""
        with self._lock:
            reused = call.key and any(
                earlier.key == call.key and earlier.accepted and (earlier.path, earlier.body) != (call.path, call.body)
                for earlier in self._calls
            )
            recorded = replace(call, status=HTTPStatus.UNPROCESSABLE_ENTITY) if reused else call
            self._calls.append(recorded)
            return recorded

    def calls(self) -> tuple[CrmCall, ...]:
        """All calls with a valid token, in order."""
        with self._lock:
            return tuple(self._calls)

    def calls_about(self, subject: str) -> tuple[CrmCall, ...]:
        """The calls about one booking, appointment, payment, report or company."""
        return tuple(call for call in self.calls() if call.about == subject)

    def times_accepted(self) -> Counter[str]:
        """How often a call was carried out, by idempotency key. More than once means a repeated side effect."""
        return Counter(call.key for call in self.calls() if call.key and call.charged)
