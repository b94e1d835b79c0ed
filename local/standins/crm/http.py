"""Requests to the stand-in CRM, and its responses."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from pydantic import TypeAdapter, ValidationError

from local.standins.crm.state import NO_FAILURE, CrmFailure
from schemas.problems import from_validation, sentence
from schemas.wire import WireModel

M = TypeVar("M", bound=WireModel)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmRequest:
    """A request to the CRM."""

    method: str
    path: str
    body: bytes = b""
    token: str = ""
    """The bearer token."""

    key: str = ""
    """The Idempotency-Key header."""

    route: str = ""
    """Such as `GET /internal/appointments/{id}`; empty until it is found."""

    @property
    def event(self) -> str:
        """The type of event in the query.

        Raises:
            RefusedError: the query has none.
        """
        asked = parse_qs(urlsplit(self.path).query).get("event")
        if not asked:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "the query lacks event=…")
        return asked[0]

    def fields(self) -> dict[str, Any]:
        """The body's fields.

        Raises:
            RefusedError: the body is not a JSON object.
        """
        with suppress(ValueError):
            fields = json.loads(self.body)
            if isinstance(fields, dict):
                return fields
        raise RefusedError(HTTPStatus.BAD_REQUEST, "the body is not a JSON object")


@dataclass(frozen=True, slots=True)
class CrmResponse:
    """A response of the CRM."""

    status: int
    body: Mapping[str, Any]
    failure: CrmFailure = NO_FAILURE
    """How the response fails."""


class RefusedError(Exception):
    """A request that gets an error response."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        """Refuse the request with a status and a reason."""
        super().__init__(why)
        self.answer = CrmResponse(status, {"error": why})


Endpoint = Callable[[CrmRequest, str], CrmResponse]
"""Responds to a request, given the ids in its path, with a slash between them."""

CrmRoute = tuple[str, str, Endpoint]
"""Method, path with ids in braces, and endpoint."""


def parsed(adapter: TypeAdapter[T], fields: object) -> T:
    """Read a body that is no model of the contracts. Raises `RefusedError`."""
    try:
        return adapter.validate_python(fields)
    except ValidationError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, sentence(from_validation(error))) from None


def wire(model: WireModel) -> dict[str, Any]:
    """Return a model as JSON values, with names as on the wire."""
    return model.model_dump(mode="json", by_alias=True)


def read_model(model: type[M], fields: Mapping[str, Any]) -> M:
    """Read a body by its model. Raises `RefusedError`."""
    try:
        return model.model_validate_json(json.dumps(fields), by_alias=True, by_name=False)
    except ValidationError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, sentence(from_validation(error))) from None
