"""Tell from an exception of boto3, or a refused entry, what it means for the message: see `aws_codes.py`.

No part of AWS's text is ever repeated: it may hold addresses.
"""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from lambdas.common.clients.aws import aws_exceptions
from lambdas.common.clients.aws_codes import OPERATIONS, PHRASES, Meaning
from lambdas.common.errors import MaybeDoneError, PermanentError, Skip, UnavailableError, UnclearError
from schemas.destinations import Route
from schemas.reasons import Remedy

if TYPE_CHECKING:
    from lambdas.common.availability.circuit import Circuit


class AwsFailure(NamedTuple):
    """A call that failed, or an entry of a call that was refused."""

    code: str
    """AWS's code; where AWS did not answer, the exception's class."""

    meaning: Meaning
    to_do: str = ""
    """What people have to do, where it is ours to mend; else empty."""


_CODE = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,63}|[1-5][0-9]{2}")
_NO_ID = AwsFailure("a response without a message id", Meaning.MAYBE_DONE)

_SQS = "AWS.SimpleQueueService."
"""Begins many codes of SQS, which answers those of its older API."""


def refusal_of(code: str, operation: str, *, text: str = "", status: int = 0) -> AwsFailure:
    """Return what a code means.

    Args:
        code: AWS's code for the call, or for one entry of it.
        operation: what was called, a key of `OPERATIONS`.
        text: AWS's text.
        status: the HTTP status of the response; 0 for an entry.
    """
    code = code.removeprefix(_SQS)
    phrases = PHRASES.get((operation, code), {})
    said = text.lower()
    found = next((entry for phrase, entry in phrases.items() if phrase in said), OPERATIONS[operation].get(code))
    if found is None:
        return AwsFailure(code if _CODE.fullmatch(code) else "an unknown code", _by_status(status))
    return AwsFailure(code, found.meaning, found.to_do.format(operation))


def _by_status(status: int) -> Meaning:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Meaning.THROTTLED
    is_unclear = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT
    return Meaning.UNCLEAR if is_unclear else Meaning.UNAVAILABLE


def failure_of(error: Exception, operation: str) -> AwsFailure:
    """Return what an exception of a boto3 client means.

    Args:
        error: one of `aws_exceptions`.
        operation: what was called, a key of `OPERATIONS`.
    """
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        HTTPClientError,
        IncompleteReadError,
        ParamValidationError,
    )

    name = type(error).__name__
    if isinstance(error, ClientError):
        answer = error.response.get("Error", {})
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return refusal_of(str(answer.get("Code")), operation, text=str(answer.get("Message")), status=status)
    if isinstance(error, ParamValidationError):  # the request does not fit the service's model
        return AwsFailure(name, Meaning.FAULT)
    if isinstance(error, HTTPClientError | IncompleteReadError) or not isinstance(error, BotoCoreError):
        return AwsFailure(name, Meaning.MAYBE_DONE)
    return AwsFailure(name, Meaning.UNAVAILABLE)  # no connection, no TLS, no credentials: nothing was sent


def send_once(
    call: Callable[[], Mapping[str, Any]],
    operation: str,
    route: Route,
    circuit: "Circuit | None" = None,
    *,
    done: str = "there is nothing to do",
) -> None:
    """Make a call whose repetition would do it twice.

    Args:
        call: makes the request, and returns the response.
        operation: what is called, a key of `OPERATIONS`.
        route: its route.
        circuit: the destination's circuit, if there is one.
        done: why there is nothing to do, if the service says so.

    Raises:
        PermanentError: the service refused this request for good.
        Skip: there is nothing to do.
        UnavailableError: the service is unavailable.
        UnclearError: the service failed.
        MaybeDoneError: it may have been done.
    """
    if circuit:
        circuit.admit(route)
    try:
        response = call()
    except aws_exceptions() as error:
        failure: AwsFailure | None = failure_of(error, operation)
    else:
        failure = None if response.get("MessageId") else _NO_ID
    # A refusal of this request alone shows that the service works.
    if circuit and (failure is None or failure.meaning in {Meaning.FAULT, Meaning.DONE}):
        circuit.succeeded(route)
    if failure:
        raise _raised(failure, route, done)


def answer_of(call: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the response of a probe; empty where there was none."""
    try:
        return call()
    except aws_exceptions():
        return {}


def _raised(failure: AwsFailure, route: Route, done: str) -> Exception:
    service = route.destination.in_words
    match failure.meaning:
        case Meaning.FAULT:
            return PermanentError(f"{service} refused it: {failure.code}", remedy=Remedy.MEND)
        case Meaning.DONE:
            return Skip(done)
        case Meaning.UNCLEAR:
            return UnclearError(f"{service} failed: {failure.code}", route)
        case Meaning.MAYBE_DONE:
            return MaybeDoneError(f"{service} did not confirm it, and may have done it: {failure.code}", route)
        case _:
            return unavailable(failure, route)


def unavailable(failure: AwsFailure, route: Route, what: str = "") -> UnavailableError:
    """Return the error after a call that may be repeated failed: it is deferred.

    Args:
        failure: what happened.
        route: what was called.
        what: what cannot be done; by default that the service is unavailable.
    """
    return UnavailableError(
        f"{what or f'{route.destination.in_words} is unavailable'}: {failure.code}",
        route,
        to_do=failure.to_do,
        throttled=failure.meaning is Meaning.THROTTLED,
    )
