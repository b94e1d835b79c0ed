"""Tell the CRM's word from what a load balancer, a login page or a maintenance page answers in its place."""

from collections.abc import Collection
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from lambdas.common.clients.http_responses import wait_seconds
from lambdas.common.errors import RetryableError
from schemas.crm_answers import CONTENT_TYPE, CrmError, error_in

if TYPE_CHECKING:
    from lambdas.common.clients.http.response import HttpResult

MAX_ANSWER = 1_048_576
"""Bytes of an answer: a hundred endpoints with the longest addresses."""

_NAMED = {"text/html", "text/plain", "text/xml", "application/xml", "application/problem+json"}
"""Content types that an error may name. Others are not repeated: a header holds whatever its sender likes."""


def error_of(response: "HttpResult", request: str, expected: Collection[CrmError], *, now: datetime) -> CrmError | None:
    """Return the error that the CRM answered; None for a 2xx response in JSON, whose body its reader judges.

    Args:
        response: the response, whoever sent it.
        request: its method and path, for the message.
        expected: the errors with which the CRM answers such a request.
        now: the time.

    Raises:
        RetryableError: this is not the CRM's word (`schemas/crm_answers.py`).
    """
    is_success = HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES
    agreed = [error for error in expected if error.status == response.status]
    if not is_success and not agreed:
        raise unavailable(response, request, "", now=now)
    problem = _problem(response)
    if problem:
        raise unavailable(response, request, problem, now=now)
    if is_success:
        return None
    error = error_in(response.data)
    if error not in agreed:
        one = " or ".join(f'{{"error": "{each}"}}' for each in sorted(agreed))
        raise unavailable(response, request, f"a body that does not say {one}", now=now)
    return error


def unavailable(response: "HttpResult", request: str, body: str, *, now: datetime) -> RetryableError:
    """The error for a response that is not the CRM's word; `body` says what is wrong with its body, if that is it.

    No part of the body is repeated: it may hold personal data.
    """
    text = f"the CRM is unavailable: it answered {response.status} to {request}"
    if body:
        text += f" with {body}"
    elif response.status == HTTPStatus.UNAUTHORIZED:
        text += ", also after the token was read again: store a valid token in the secret"
    return RetryableError(text, retry_after=wait_seconds(response.headers.get("Retry-After") or "", now))


def _problem(response: "HttpResult") -> str:
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
