"""Client of the CRM's internal HTTP API; each response becomes a result, a `Skip` or an error for the message."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import ValidationError

from lambdas.common.clients import http_responses
from lambdas.common.clients.secrets import read_secret
from lambdas.common.errors import PermanentError, RetryableError, Skip
from lambdas.common.runtime import Runtime
from schemas.activities import ActivityRecord
from schemas.crm import Appointment, CompanyAdmins, CompanyWebhooks, CrmAnswer, PaymentState, read
from schemas.event_type import Needs
from schemas.payments import PaymentRetry
from schemas.problems import from_validation, sentence
from schemas.reports import ReportGenerate

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

M = TypeVar("M", bound=CrmAnswer)

_TOKEN = re.compile("[!-~]+")
"""Characters allowed in a header. For any other, http.client would raise an error that shows the token."""


class Crm:
    """Calls the CRM with the stage's bearer token, within the current record's time."""

    need: ClassVar[Needs] = Needs.CRM

    def __init__(
        self,
        base_url: str,
        *,
        http: "PoolManager",
        read_token: Callable[[], str],
        seconds: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        """Call one CRM.

        Args:
            base_url: such as `https://crm.example.com`.
            http: makes the requests.
            read_token: reads the bearer token; called at the first request, and again when the CRM refuses the token,
                as after a rotation.
            seconds: returns the timeout of the next request.
            now: the clock.
        """
        self._base_url = base_url.rstrip("/")
        self._http = http
        self.read_token = read_token
        self._seconds = seconds
        self._now = now
        self._token = ""

    @classmethod
    def connect(cls, runtime: Runtime) -> "Crm":
        """Connect to the stage's CRM."""
        from urllib3 import PoolManager  # a hundred modules, which a function without calls need not load

        environment = runtime.environment
        secrets = runtime.client("secretsmanager")
        return cls(
            environment.crm_base_url,
            http=PoolManager(retries=False),
            read_token=partial(read_secret, secrets, environment.crm_token_secret_arn),
            seconds=runtime.budget.seconds,
            now=runtime.now,
        )

    def appointment(self, appointment_id: str, *, company_id: str) -> Appointment:
        """Read the current state of a company's appointment.

        Raises:
            Skip: the CRM has no such appointment.
            RetryableError: the CRM is unavailable, or its response lacks what every function needs.
            PermanentError: the CRM refused the request, or answered with another appointment or company.
        """
        found = self._read(f"/internal/appointments/{appointment_id}", Appointment)
        if found.id != appointment_id:
            raise PermanentError("the CRM answered with another appointment than the one asked for")
        if found.company_id != company_id:
            raise PermanentError("the appointment is another company's")
        return found

    def admins(self, company_id: str) -> CompanyAdmins:
        """Read the admins of a company's account. Raises what `appointment` raises."""
        return self._read(f"/internal/companies/{company_id}/admins", CompanyAdmins)

    def payment(self, payment_id: str) -> PaymentState:
        """Read the current state of a payment; nothing is known of one for which the CRM answers 404.

        Raises what `webhooks` raises.
        """
        return self._find(f"/internal/payments/{payment_id}", PaymentState) or PaymentState()

    def webhooks(self, company_id: str, event: str) -> CompanyWebhooks:
        """Read a company's endpoints that are subscribed to an event type; empty if the CRM answers 404.

        Raises:
            RetryableError: the CRM is unavailable, or its response is no valid list of endpoints.
            PermanentError: the CRM refused the request.
        """
        path = f"/internal/companies/{company_id}/webhooks?event={event}"
        return self._find(path, CompanyWebhooks) or CompanyWebhooks(endpoints=())

    def retry_payment(self, retry: PaymentRetry, *, idempotency_key: str) -> None:
        """Charge a payment again.

        Raises:
            Skip: the payment is already paid.
            RetryableError: the CRM is unavailable.
            PermanentError: the CRM refused the request.
        """
        path = f"/internal/payments/{retry.payment_id}/retry"
        self._write(path, retry.model_dump_json(by_alias=True), idempotency_key)

    def generate_report(self, report: ReportGenerate, *, idempotency_key: str) -> None:
        """Generate a failed report again. Raises what `retry_payment` raises; `Skip` if it already exists."""
        path = f"/internal/reports/{report.report_id}/generate"
        self._write(path, report.model_dump_json(by_alias=True), idempotency_key)

    def record_activity(self, activity: ActivityRecord, *, idempotency_key: str) -> None:
        """Add an entry to the activity log. Raises what `retry_payment` raises; `Skip` if it already exists."""
        self._write("/internal/activity", activity.model_dump_json(by_alias=True), idempotency_key)

    def _read(self, path: str, model: type[M]) -> M:
        found = self._find(path, model)
        if found is None:
            raise Skip(f"the CRM answered 404 to GET {path}: it no longer exists")
        return found

    def _find(self, path: str, model: type[M]) -> M | None:
        response = self._request("GET", path, headers={"Accept": "application/json"})
        if response.status == HTTPStatus.NOT_FOUND:
            return None
        self._check(response, f"GET {path}")
        try:
            return read(model, response.data or b"")
        except ValidationError as error:
            problems = sentence(from_validation(error))
            raise RetryableError(f"the CRM's response to GET {path} breaks the contract: {problems}") from None

    def _write(self, path: str, body: str, idempotency_key: str) -> None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": idempotency_key}
        response = self._request("POST", path, headers=headers, body=body.encode())
        if response.status == HTTPStatus.CONFLICT:
            raise Skip(f"the CRM answered 409 to POST {path}: it was already done")
        self._check(response, f"POST {path}")

    def _request(self, method: str, path: str, *, headers: dict[str, str], **options: Any) -> "BaseHTTPResponse":
        response = self._send(method, path, headers, **options)
        if response.status == HTTPStatus.UNAUTHORIZED:
            self._token = ""
            response = self._send(method, path, headers, **options)
        return response

    def _send(self, method: str, path: str, headers: dict[str, str], **options: Any) -> "BaseHTTPResponse":
        from urllib3 import Timeout
        from urllib3.exceptions import HTTPError

        self._token = self._token or self._valid_token()
        authorized = {**headers, "Authorization": f"Bearer {self._token}"}
        timeout = Timeout(total=self._seconds())
        try:
            return self._http.request(
                method, self._base_url + path, headers=authorized, timeout=timeout, redirect=False, **options
            )
        except HTTPError as error:  # its message holds the address and is long
            raise RetryableError(f"the CRM did not answer {method} {path}: {type(error).__name__}") from None

    def _valid_token(self) -> str:
        token = self.read_token().strip()  # a token stored from a file ends with a line break
        if not _TOKEN.fullmatch(token):
            raise RetryableError(
                "the secret with the CRM's token is empty, or has spaces, line breaks or other characters in it "
                "that no token has: store the token alone there"
            )
        return token

    def _check(self, response: "BaseHTTPResponse", request: str) -> None:
        text = f"the CRM answered {response.status} to {request}"
        http_responses.raise_for_status(
            response.status, response.headers.get("Retry-After"), text=text, now=self._now()
        )
