"""The CRM's internal HTTP API: what its answers mean for a message."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import ValidationError

from lambdas.common.failures import PermanentError, RetryableError, Skip
from lambdas.common.runtime import Runtime
from schemas.activities import ActivityRecord
from schemas.crm import Appointment, CompanyAdmins
from schemas.event_type import Needs
from schemas.payments import PaymentRetry
from schemas.problems import from_validation, sentence
from schemas.wire import WireModel

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

_RETRYABLE = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}

M = TypeVar("M", bound=WireModel)


class Crm:
    """Calls the CRM with the stage's bearer token, within the time that the record at hand has."""

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
        """Talk to one CRM.

        Args:
            base_url: such as `https://crm.example.com`.
            http: makes the requests.
            read_token: reads the bearer token from where it is kept. Called at the first request, and
                again when the CRM no longer takes the token, as after a rotation.
            seconds: gives the timeout of the next request.
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
        """The stage's CRM."""
        from urllib3 import PoolManager  # noqa: PLC0415 a hundred modules that a function without calls need not pay

        environment = runtime.environment
        secrets = runtime.client("secretsmanager")
        return cls(
            environment.crm_base_url,
            http=PoolManager(retries=False),
            read_token=lambda: secrets.get_secret_value(SecretId=environment.crm_token_secret_arn)["SecretString"],
            seconds=runtime.budget.seconds,
            now=runtime.now,
        )

    def appointment(self, appointment_id: str) -> Appointment:
        """An appointment as it stands now.

        Raises:
            Skip: the CRM knows none.
            RetryableError: the CRM did not tell now, or what it told is no appointment.
            PermanentError: the CRM will not tell.
        """
        return self._read(f"/internal/appointments/{appointment_id}", Appointment)

    def admins(self, company_id: str) -> CompanyAdmins:
        """Who runs a company's account. Raises what `appointment` raises."""
        return self._read(f"/internal/companies/{company_id}/admins", CompanyAdmins)

    def retry_payment(self, retry: PaymentRetry, *, idempotency_key: str) -> None:
        """Charge a payment once more.

        Raises:
            Skip: it is paid already.
            RetryableError: the CRM did not do it now.
            PermanentError: the CRM will not do it.
        """
        path = f"/internal/payments/{retry.payment_id}/retry"
        self._write(path, retry.model_dump_json(by_alias=True), idempotency_key)

    def record_activity(self, activity: ActivityRecord, *, idempotency_key: str) -> None:
        """Add one line to the company's activity log.

        Raises:
            Skip: the CRM has it already.
            RetryableError: the CRM did not do it now.
            PermanentError: the CRM will not do it.
        """
        self._write("/internal/activity", activity.model_dump_json(by_alias=True), idempotency_key)

    def _read(self, path: str, model: type[M]) -> M:
        response = self._request("GET", path, headers={"Accept": "application/json"})
        if response.status == HTTPStatus.NOT_FOUND:
            raise Skip(f"the CRM answered 404 to GET {path}: there is no such thing any more")
        self._check(response, f"GET {path}")
        try:
            return model.model_validate_json(response.data, by_alias=True, by_name=False)
        except ValidationError as error:
            problems = sentence(from_validation(error))
            raise RetryableError(f"the CRM's answer to GET {path} is not as agreed: {problems}") from None

    def _write(self, path: str, body: str, idempotency_key: str) -> None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": idempotency_key}
        response = self._request("POST", path, headers=headers, body=body.encode())
        if response.status == HTTPStatus.CONFLICT:
            raise Skip(f"the CRM answered 409 to POST {path}: it is done already")
        self._check(response, f"POST {path}")

    def _request(self, method: str, path: str, *, headers: dict[str, str], **more: Any) -> "BaseHTTPResponse":  # noqa: ANN401 urllib3's own
        response = self._send(method, path, headers, **more)
        if response.status == HTTPStatus.UNAUTHORIZED:
            self._token = ""
            response = self._send(method, path, headers, **more)
        return response

    def _send(self, method: str, path: str, headers: dict[str, str], **more: Any) -> "BaseHTTPResponse":  # noqa: ANN401 likewise
        from urllib3 import Timeout  # noqa: PLC0415 as in connect
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 likewise

        self._token = self._token or self.read_token()
        authorized = {**headers, "Authorization": f"Bearer {self._token}"}
        timeout = Timeout(total=self._seconds())
        try:
            return self._http.request(
                method, self._base_url + path, headers=authorized, timeout=timeout, redirect=False, **more
            )
        except HTTPError as error:  # its text has the address and is long
            raise RetryableError(f"the CRM did not answer {method} {path}: {type(error).__name__}") from None

    def _check(self, response: "BaseHTTPResponse", request: str) -> None:
        status = response.status
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        text = f"the CRM answered {status} to {request}"
        if status in _RETRYABLE or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise RetryableError(text, retry_after=self._retry_after(response))
        raise PermanentError(text)

    def _retry_after(self, response: "BaseHTTPResponse") -> float | None:
        """Seconds, of either form that RFC 9110 section 10.2.3 knows; None where there is no sense in it."""
        asked = response.headers.get("Retry-After", "").strip()
        if asked.isascii() and asked.isdigit():
            return float(asked)
        try:
            until = parsedate_to_datetime(asked)
        except ValueError:
            return None
        return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - self._now()).total_seconds())
