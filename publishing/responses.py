"""Check that AWS answered a call: a sign-in page or a proxy may answer in its place."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.hooks import BaseEventHooks
from botocore.model import OperationModel

_REQUEST_ID_HEADERS = ("x-amzn-requestid", "x-amz-request-id")
_LONGEST_CONTENT_TYPE = 60
"""Characters of a content type that are quoted."""

_BEGINNING = 200
"""Bytes of a body that tell whether it is a page."""


class NotAwsError(BotoCoreError):
    """Something else than AWS answered, or AWS's answer was cut off: AWS may or may not have carried out the call."""

    fmt = "what answered {operation} is not AWS (HTTP status {status}, {content})"


def check_responses(events: BaseEventHooks) -> None:
    """Raise NotAwsError from each call that AWS did not answer.

    boto3 takes a page with status 200 for an empty result, and any other page for a refusal by AWS.

    Args:
        events: the hooks of a session (`session.events`) or of a client (`client.meta.events`).
    """
    events.register("before-parse", _check_response, unique_id="taly-check-response")
    events.register("after-call", _check_result, unique_id="taly-check-result")


def _check_response(response_dict: Mapping[str, Any], operation_model: OperationModel, **_: Any) -> None:
    """Check a response before its parser fails on a page in one of many ways. boto3 retries server errors first."""
    if response_dict["status_code"] < HTTPStatus.INTERNAL_SERVER_ERROR:
        _require_request_id(
            operation_model, response_dict["status_code"], response_dict["headers"], response_dict["body"]
        )


def _check_result(http_response: Any, parsed: Mapping[str, Any], model: OperationModel, **_: Any) -> None:
    """Check the last response to a call: a server error, or an empty result from a body that was cut off."""
    if http_response.url is None:  # botocore's stub, which makes no request
        return
    status, headers = http_response.status_code, http_response.headers
    # `content` reads the body; where that is a stream, as of Lambda's Invoke, it is left to the caller.
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _require_request_id(model, status, headers, http_response.content)
    elif not parsed.keys() - {"ResponseMetadata"} and _is_broken_json(headers, http_response.content):
        raise NotAwsError(operation=model.name, status=status, content="cut off")


def _require_request_id(model: OperationModel, status: int, headers: Mapping[str, str], body: Any) -> None:
    """Require a request id, which each response of AWS has ("Common Response Headers" of an API), and not a page."""
    content = headers.get("content-type", "")[:_LONGEST_CONTENT_TYPE] or "no content type"
    beginning = body[:_BEGINNING].lstrip().lower() if isinstance(body, bytes) else b""  # other bodies are streams
    is_page = "html" in content.lower() or beginning.startswith((b"<!doctype", b"<html"))
    if any(headers.get(name) for name in _REQUEST_ID_HEADERS) and not is_page:
        return
    raise NotAwsError(operation=model.name, status=status, content=content if body else "an empty body")


def _is_broken_json(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether boto3 has ignored that a body is no JSON; its parsers of other formats raise an error."""
    if not body or "json" not in headers.get("content-type", ""):
        return False
    try:
        json.loads(body)
    except ValueError:
        return True
    return False
