"""Answers of the CRM beside what `schemas/crm.py` reads: done, or an error. Only such a body is the CRM's word.

Load balancers, login pages and maintenance pages answer with the same statuses. So an answer counts where status,
content type (`application/json`) and body agree:

| status | body | meaning |
|---|---|---|
| 2xx to a read | a model of `schemas/crm.py` | found |
| 2xx to a write | `{"result": "done"}`, or `{}` | done |
| status of a `CrmError` | `{"error": "<its value>"}` | that error |
| 5xx, 408 | any other | nobody knows: the CRM is unavailable, or it fails at this request |
| any other | any other | the CRM is unavailable |

Further fields of a body are ignored.
"""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Literal

from pydantic import ValidationError

from schemas.wire import WireModel

CONTENT_TYPE = "application/json"


class CrmError(StrEnum):
    """Why the CRM did not do what it was asked."""

    NOT_FOUND = "not_found"
    """There is no such thing."""

    ALREADY_DONE = "already_done"
    """It was done before."""

    IN_PROGRESS = "in_progress"
    """It is being done at this moment."""

    DECLINED = "declined"
    """The charge was made and declined. The payment's next failure comes as a new `payment.failed`."""

    REFUSED = "refused"
    """It is refused for good."""

    @property
    def status(self) -> HTTPStatus:
        """The only status with which the error counts."""
        return _STATUSES[self]


_STATUSES: Mapping[CrmError, HTTPStatus] = {
    CrmError.NOT_FOUND: HTTPStatus.NOT_FOUND,
    CrmError.ALREADY_DONE: HTTPStatus.CONFLICT,
    CrmError.IN_PROGRESS: HTTPStatus.CONFLICT,
    CrmError.DECLINED: HTTPStatus.PAYMENT_REQUIRED,
    CrmError.REFUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
}

TO_READS = frozenset({CrmError.NOT_FOUND, CrmError.REFUSED})
TO_WRITES = TO_READS | {CrmError.ALREADY_DONE, CrmError.IN_PROGRESS}
TO_PAYMENTS = TO_WRITES | {CrmError.DECLINED}
"""Errors with which the CRM may answer: reads, writes, and payments that are charged again."""


class CrmDone(WireModel):
    """The answer to a write that was done."""

    result: Literal["done"]


class CrmNothing(WireModel, extra="forbid"):
    """`{}`: the answer to a write that was done, as services without a result for their callers give it."""


class CrmWell(WireModel):
    """The answer to `GET /internal/health`: the CRM can serve requests."""

    status: Literal["ok"]


class CrmFailed(WireModel):
    """The answer to a request that was not done."""

    error: CrmError


def says_done(body: bytes) -> bool:
    """Whether the body of a 2xx answer to a write says that it was done."""
    return _is_a(CrmDone, body) or _is_a(CrmNothing, body)


def says_well(body: bytes) -> bool:
    """Whether the body of a 200 answer to `GET /internal/health` says that the CRM is well."""
    return _is_a(CrmWell, body)


def error_in(body: bytes) -> CrmError | None:
    """Return the error that a body names; None for any other body."""
    try:
        return CrmFailed.model_validate_json(body, by_alias=True, by_name=False).error
    except ValidationError:
        return None


def _is_a(model: type[WireModel], body: bytes) -> bool:
    try:
        model.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError:
        return False
    return True
