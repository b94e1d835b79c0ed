"""Tell the CRM's word from what a load balancer, a login page or a maintenance page answers in its place."""

from collections.abc import Collection, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from lambdas.common.clients.http.retry_after import wait_seconds
from lambdas.common.errors import PermanentError, UnavailableError, UnclearError
from schemas.crm_answers import CONTENT_TYPE, CrmError, error_in
from schemas.destinations import Route
from schemas.reasons import Remedy

if TYPE_CHECKING:
    from lambdas.common.clients.http.response import HttpResult
    from schemas.crm import Appointment

MAX_ANSWER = 1_048_576
"""Bytes of an answer: a hundred endpoints with the longest addresses."""

_NAMED = {"text/html", "text/plain", "text/xml", "application/xml", "application/problem+json"}
"""Content types that an error may name. Others are not repeated: a header holds whatever its sender likes."""


class Request(NamedTuple):
    """What the CRM was asked."""

    route: Route
    line: str
    """Method and path."""

    at: datetime


def error_of(response: "HttpResult", request: Request, expected: Collection[CrmError]) -> CrmError | None:
    """Return the error that the CRM answered; None for a 2xx response in JSON, whose body its reader judges.

    Args:
        response: the response, whoever sent it.
        request: what was asked.
        expected: the errors with which the CRM answers such a request.

    Raises:
        UnavailableError, UnclearError: this is not the CRM's word (`schemas/crm_answers.py`).
    """
    is_success = HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES
    agreed = [error for error in expected if error.status == response.status]
    if not is_success and not agreed:
        raise not_its_word(response, request, "")
    problem = problem_of(response)
    if problem:
        raise not_its_word(response, request, problem)
    if is_success:
        return None
    error = error_in(response.data)
    if error not in agreed:
        one = " or ".join(f'{{"error": "{each}"}}' for each in sorted(agreed))
        raise not_its_word(response, request, f"a body that does not say {one}")
    return error


def not_its_word(response: "HttpResult", request: Request, body: str) -> UnavailableError | UnclearError:
    """The error for a response that is not the CRM's word; `body` says what is wrong with its body, if that is it.

    A 5xx or 408 may be the message's fault; any other is about us or about now. No part of the body is repeated: it may
    hold personal data.
    """
    status = response.status
    text = f"the CRM is unavailable: it answered {status} to {request.line}"
    if body:
        text += f" with {body}"
    asked = wait_seconds(response.headers.get("Retry-After") or "", request.at)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return UnclearError(text, request.route, retry_after=asked)
    throttled = status == HTTPStatus.TOO_MANY_REQUESTS
    return UnavailableError(text, request.route, after=asked or 0.0, to_do=_TO_DO.get(status, ""), throttled=throttled)


_TO_DO: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "The CRM refuses the token, also after it was read again: store a valid one.",
    HTTPStatus.FORBIDDEN: "The CRM refuses this system: ask its team to let the token use the internal API.",
}


def refused(request: Request) -> PermanentError:
    """The error after the CRM refused a request for good: its team says why, and may then take it."""
    what = f"the CRM answered 422 to {request.line}: it refuses the request for good"
    return PermanentError(what, remedy=Remedy.REDRIVE)


def check_owner(found: "Appointment", company_id: str) -> None:
    """Check that an appointment is the tenant's for whom the message asks.

    Raises:
        PermanentError: it is another company's, so the message's sender mixed them up.
    """
    if found.company_id != company_id:
        raise PermanentError("the appointment is another company's", remedy=Remedy.DISCARD)


def problem_of(response: "HttpResult") -> str:
    """What shows that a body is not the CRM's, before it is read; empty where nothing does."""
    content_type = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    if content_type != CONTENT_TYPE:
        shown = (
            content_type if content_type in _NAMED else "another content type" if content_type else "no content type"
        )
        return f"{shown} instead of {CONTENT_TYPE}: a proxy or a login page may have answered"
    if (response.headers.get("Content-Encoding") or "identity").strip().lower() != "identity":
        return "a compressed body, which was not asked for"
    if len(response.data) > MAX_ANSWER:
        return f"a body of more than {MAX_ANSWER:,} bytes"
    return ""
