"""Client of the CRM's internal HTTP API; each response becomes a result, a `Skip` or an error for the message."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, TypeVar

from pydantic import ValidationError

from lambdas.common.clients import crm_responses
from lambdas.common.clients.crm_responses import Request
from lambdas.common.clients.http.errors import NoConnectionError, NoResponseError
from lambdas.common.clients.secrets import read_secret
from lambdas.common.errors import NotNowError, PermanentError, Skip, UnavailableError, UnclearError
from lambdas.common.runtime import Runtime
from schemas.crm import Appointment, CompanyAdmins, CompanyWebhooks, CrmAnswer, PaymentState, read
from schemas.crm_answers import TO_PAYMENTS, TO_READS, TO_WRITES, CrmError, says_done, says_well
from schemas.destinations import (
    DISABLE_ENDPOINT,
    GENERATE_REPORT,
    READ_ADMINS,
    READ_APPOINTMENT,
    READ_PAYMENT,
    READ_SECRET,
    READ_WEBHOOKS,
    RECORD_ACTIVITY,
    REPORT_EMAIL_STATUS,
    REPORT_SMS_STATUS,
    RETRY_PAYMENT,
    Destination,
    Route,
)
from schemas.event_type import Needs
from schemas.pasted import unpasted
from schemas.problems import from_validation, sentence
from schemas.reasons import Remedy
from schemas.wire import timestamp

if TYPE_CHECKING:
    from lambdas.common.availability.circuit import Circuit
    from lambdas.common.clients.http.client import HttpClient
    from lambdas.common.clients.http.response import HttpResult
    from schemas.activities import ActivityRecord
    from schemas.contacts import ContactEmailStatus, ContactSmsStatus
    from schemas.payments import PaymentRetry
    from schemas.reports import ReportGenerate
    from schemas.webhooks import WebhookEndpointDisabled

M = TypeVar("M", bound=CrmAnswer)

_PROBE_SECONDS = 1.0

_FOR_THE_PROBE = 1.2
"""Seconds of a record's time that a request leaves, so that the CRM can be asked whether it is well."""

_TOKEN = re.compile("[!-~]+")
"""Characters allowed in a header. For any other, http.client would raise an error that shows the token."""


class Crm:
    """Calls the CRM with the stage's bearer token, within the current record's time."""

    need: ClassVar[Needs] = Needs.CRM

    def __init__(  # noqa: PLR0913 all that it depends on
        self,
        base_url: str,
        *,
        http: "HttpClient",
        read_token: Callable[[], str],
        seconds: Callable[[], float],
        now: Callable[[], datetime],
        circuit: "Circuit | None" = None,
        has_token: Callable[[], object] = lambda: None,
    ) -> None:
        """Call one CRM.

        Args:
            base_url: such as `https://crm.example.com`.
            http: makes the requests.
            read_token: reads the bearer token; called at the first request, and again when the CRM refuses the token,
                as after a rotation.
            seconds: returns the timeout of the next request.
            now: the clock.
            circuit: the CRM's in this process; by default one of its own.
            has_token: called when a token was read: Secrets Manager works, and the secret is in order.
        """
        self._base_url = base_url.rstrip("/")
        self._http = http
        self.read_token = read_token
        self._seconds = seconds
        self._now = now
        self._circuit = circuit or _circuit(now)
        self._circuit.probe = self.is_well
        self._has_token = has_token
        self._token = ""

    @classmethod
    def connect(cls, runtime: Runtime) -> "Crm":
        """Connect to the stage's CRM."""
        from lambdas.common.availability.circuits import Circuits  # what makes calls is loaded with the first
        from lambdas.common.clients.http.client import HttpClient

        environment = runtime.environment
        secrets = runtime.client("secretsmanager")
        return cls(
            environment.crm_base_url,
            http=HttpClient(limit=crm_responses.MAX_ANSWER),
            read_token=partial(read_secret, secrets, environment.crm_token_secret_arn),
            seconds=runtime.budget.seconds,
            now=runtime.now,
            circuit=runtime.capability(Circuits)[Destination.CRM],
            has_token=partial(runtime.worked, READ_SECRET),
        )

    def appointment(self, appointment_id: str, *, company_id: str) -> Appointment:
        """Read the current state of a company's appointment.

        Raises:
            Skip: the CRM has no such appointment.
            UnavailableError: the CRM is unavailable; an answer without what every function needs counts as that.
            UnclearError: it failed, or did not answer.
            PermanentError: the CRM refused the request, or answered with another appointment or company.
        """
        found = self._read(READ_APPOINTMENT, f"/internal/appointments/{appointment_id}", Appointment)
        if found.id != appointment_id:
            what = "the CRM answered with another appointment than the one asked for"
            raise PermanentError(what, remedy=Remedy.REDRIVE)
        crm_responses.check_owner(found, company_id)
        return found

    def admins(self, company_id: str) -> CompanyAdmins:
        """Read the admins of a company's account. Raises what `appointment` raises."""
        return self._read(READ_ADMINS, f"/internal/companies/{company_id}/admins", CompanyAdmins)

    def payment(self, payment_id: str) -> PaymentState:
        """Read the current state of a payment; nothing is known of one that the CRM does not know.

        Raises what `webhooks` raises.
        """
        return self._find(READ_PAYMENT, f"/internal/payments/{payment_id}", PaymentState) or PaymentState()

    def webhooks(self, company_id: str, event: str) -> CompanyWebhooks:
        """Read a company's endpoints that are subscribed to an event type; empty if the CRM knows none.

        Raises:
            UnavailableError: the CRM is unavailable; an answer that is no valid list of endpoints counts as that.
            UnclearError: it failed, or did not answer.
            PermanentError: the CRM refused the request.
        """
        path = f"/internal/companies/{company_id}/webhooks?event={event}"
        return self._find(READ_WEBHOOKS, path, CompanyWebhooks) or CompanyWebhooks(endpoints=())

    def retry_payment(self, retry: "PaymentRetry", *, idempotency_key: str) -> None:
        """Charge a payment again. A decline is an answer, too: it comes back as a new `payment.failed`.

        Raises:
            Skip: the payment is already paid.
            NotNowError: the CRM is charging it at this moment.
            UnavailableError: the CRM is unavailable.
            UnclearError: it failed, or did not answer.
            PermanentError: the CRM refused the request, or knows no such payment.
        """
        path = f"/internal/payments/{retry.payment_id}/retry"
        self._write(RETRY_PAYMENT, path, retry.model_dump_json(by_alias=True), idempotency_key, errors=TO_PAYMENTS)

    def generate_report(self, report: "ReportGenerate", *, idempotency_key: str) -> None:
        """Generate a failed report again. Raises what `retry_payment` raises; `Skip` if it already exists."""
        path = f"/internal/reports/{report.report_id}/generate"
        self._write(GENERATE_REPORT, path, report.model_dump_json(by_alias=True), idempotency_key)

    def record_activity(self, activity: "ActivityRecord", *, idempotency_key: str) -> None:
        """Add an entry to the activity log. Raises what `retry_payment` raises; `Skip` if it already exists."""
        self._write(RECORD_ACTIVITY, "/internal/activity", activity.model_dump_json(by_alias=True), idempotency_key)

    def disable_endpoint(
        self, endpoint: "WebhookEndpointDisabled", *, disabled_at: datetime, idempotency_key: str
    ) -> None:
        """Disable an endpoint for webhooks. Raises what `retry_payment` raises.

        `Skip` if there is no such endpoint, if it is disabled already, and if somebody enabled it after `disabled_at`.
        """
        path = f"/internal/companies/{endpoint.company_id}/webhooks/{endpoint.endpoint_id}/disable"
        body = {
            "reason": "gone" if endpoint.gone else "failing",
            "failingSince": timestamp(endpoint.failing_since),
            "lastAnswer": endpoint.last_answer,
            "disabledAt": timestamp(disabled_at),
        }
        self._write(DISABLE_ENDPOINT, path, json.dumps(body), idempotency_key, unknown=Skip)

    def report_email_status(self, contact: "ContactEmailStatus", *, idempotency_key: str) -> None:
        """Report what is known about an address. Raises what `retry_payment` raises; `Skip` if nobody has it."""
        path = f"/internal/companies/{contact.company_id}/contacts/email-status"
        self._write(REPORT_EMAIL_STATUS, path, contact.model_dump_json(by_alias=True), idempotency_key, unknown=Skip)

    def report_sms_status(self, contact: "ContactSmsStatus", *, occurred_at: datetime, idempotency_key: str) -> None:
        """Report that a number opted out of texts, and when that became known.

        Raises what `retry_payment` raises; `Skip` if nobody has it.
        """
        path = f"/internal/companies/{contact.company_id}/contacts/sms-status"
        body = contact.model_dump(mode="json", by_alias=True) | {"occurredAt": timestamp(occurred_at)}
        self._write(REPORT_SMS_STATUS, path, json.dumps(body), idempotency_key, unknown=Skip)

    def _read(self, route: Route, path: str, model: type[M]) -> M:
        found = self._find(route, path, model)
        if found is None:
            raise Skip(f"the CRM answered 404 to GET {path}: it does not exist")
        return found

    def _find(self, route: Route, path: str, model: type[M]) -> M | None:
        request = Request(route, f"GET {path}", self._now())
        response = self._request(request, path, headers={"Accept": "application/json"})
        match crm_responses.error_of(response, request, TO_READS):
            case CrmError.NOT_FOUND:
                self._circuit.succeeded(route)
                return None
            case CrmError.REFUSED:
                self._circuit.succeeded(route)
                raise crm_responses.refused(request)
        try:
            found = read(model, response.data or b"")
        except ValidationError as error:
            why = f"a body that breaks the contract: {sentence(from_validation(error))}"
            raise crm_responses.not_its_word(response, request, why) from None
        self._circuit.succeeded(route)
        return found

    def _write(  # noqa: PLR0913 one request, and what its errors mean
        self,
        route: Route,
        path: str,
        body: str,
        idempotency_key: str,
        *,
        errors: Collection[CrmError] = TO_WRITES,
        unknown: type[Exception] = PermanentError,
    ) -> None:
        request = Request(route, f"POST {path}", self._now())
        headers = {"Content-Type": "application/json", "Idempotency-Key": idempotency_key}
        response = self._request(request, path, headers=headers, body=body.encode())
        error = crm_responses.error_of(response, request, errors)
        if error is None and not says_done(response.data):
            raise crm_responses.not_its_word(response, request, 'a body that does not say {"result": "done"}')
        self._circuit.succeeded(route)
        match error:
            case CrmError.ALREADY_DONE:
                raise Skip(f"the CRM answered 409 to {request.line}: it was already done")
            case CrmError.IN_PROGRESS:
                raise NotNowError(f"the CRM answered 409 to {request.line}: it is being done at this moment")
            case CrmError.NOT_FOUND:
                raise unknown(f"the CRM answered 404 to {request.line}: there is no such thing")
            case CrmError.REFUSED:
                raise crm_responses.refused(request)

    def is_well(self) -> bool:
        """Ask the CRM whether it is well; no answer in a second is an answer, too."""
        try:
            headers = {"Accept": "application/json", "Authorization": f"Bearer {self._token}"}
            url = f"{self._base_url}/internal/health"
            response = self._http.request("GET", url, headers=headers, seconds=_PROBE_SECONDS)
        except NoResponseError:
            return False
        is_its_own = response.status == HTTPStatus.OK and not crm_responses.problem_of(response)
        return is_its_own and says_well(response.data)

    def _request(
        self, request: Request, path: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> "HttpResult":
        response = self._send(request, path, headers, body)
        if response.status == HTTPStatus.UNAUTHORIZED:
            self._token = ""
            response = self._send(request, path, headers, body)
        return response

    def _send(self, request: Request, path: str, headers: Mapping[str, str], body: bytes | None) -> "HttpResult":
        self._token = self._token or self._valid_token()
        self._circuit.admit(request.route, seconds=self._seconds())
        method = request.line.partition(" ")[0]
        authorized = {**headers, "Authorization": f"Bearer {self._token}"}
        seconds = self._seconds()
        seconds -= _FOR_THE_PROBE if seconds > 2 * _FOR_THE_PROBE else 0
        try:
            return self._http.request(method, self._base_url + path, headers=authorized, body=body, seconds=seconds)
        except NoConnectionError as error:
            raise UnavailableError(f"the CRM cannot be reached: {error}", request.route) from None
        except NoResponseError as error:
            raise UnclearError(f"the CRM did not answer {request.line}: {error}", request.route) from None

    def _valid_token(self) -> str:
        token = unpasted(self.read_token())  # one stored from a file ends with a line break
        if not _TOKEN.fullmatch(token):
            raise UnavailableError(
                "the secret with the CRM's token has no token",
                READ_SECRET,
                to_do="The secret with the CRM's token is empty, or has spaces, line breaks or other characters in "
                "it that no token has: store the token alone there.",
            )
        self._has_token()
        return token


def _circuit(now: Callable[[], datetime]) -> "Circuit":
    from lambdas.common.availability.circuit import Circuit  # a function has one of its runtime

    return Circuit(Destination.CRM, now=now)
