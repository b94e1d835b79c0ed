"""A stand-in for the CRM's internal API, on loopback, that can be told what to know and when to fail.

`/internal/…` is the CRM's, and asks for its bearer token:

    GET    /internal/appointments/{id}       404 where it was not told of one
    GET    /internal/companies/{id}/admins   any company has some, unless told otherwise
    GET    /internal/companies/{id}/webhooks?event=…   none, unless told otherwise
    POST   /internal/activity                with an Idempotency-Key
    POST   /internal/payments/{id}/retry     likewise; 409 where the payment is paid already
    POST   /internal/reports/{id}/generate   likewise

`/_control/…` is for the one who tests:

    GET    /_control/calls                   every call and its answer
    PUT    /_control/failures/{id}           {"status": 503, "times": 1, "seconds": 0, "garbage": false}, each optional:
                                             how calls about this appointment, payment, subject or company go wrong
    PUT    /_control/appointments/{id}       an appointment, as schemas/crm.py has it; `id` may be left out
    PATCH  /_control/appointments/{id}       some of its fields: {"status": "cancelled"}, or another "startTime"
    DELETE /_control/appointments/{id}       there is none any more
    PUT    /_control/admins/{companyId}      {"companyName": "…", "admins": [{"id": "…", "name": "…", "email": "…"}]}
    PUT    /_control/paid/{paymentId}        there is nothing left to charge
    PUT    /_control/webhooks/{companyId}?event=…
                                             {"endpoints": [{"id": "…", "url": "http://…", "secrets": ["whsec_…"]}]}:
                                             these are told of it too
    DELETE /_control/webhooks/{companyId}?event=…
                                             nobody is told of it any more

It logs no bodies: they are personal.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from local.standins.crm.api import CrmEndpoints, CrmRequest, CrmResponse
from local.standins.crm.state import CrmState
from local.standins.http_server import HttpReply, HttpRequest, http_stand_in


@dataclass(frozen=True, slots=True)
class CrmStandIn:
    """A running stand-in."""

    base_url: str
    token: str
    """The bearer token that it asks for."""

    books: CrmState


@contextmanager
def crm_stand_in(log: Path) -> Iterator[CrmStandIn]:
    """Start it on a free port, and stop it at the end."""
    books, token, stopping = CrmState(), secrets.token_urlsafe(24), Event()
    endpoints = CrmEndpoints(books, token, stopping.wait)
    with http_stand_in(log, lambda request: _reply(endpoints.answer(_request(request))), stopping) as base_url:
        yield CrmStandIn(base_url, token, books)


def _request(request: HttpRequest) -> CrmRequest:
    return CrmRequest(
        method=request.method,
        path=request.path,
        body=request.body,
        token=request.headers.get("authorization", "").removeprefix("Bearer "),
        key=request.headers.get("idempotency-key", ""),
    )


def _reply(answer: CrmResponse) -> HttpReply:
    """What has taken its time already; how else it goes wrong is for the server to bring about."""
    retry_after = {"Retry-After": answer.failure.retry_after} if answer.failure.retry_after else {}
    return HttpReply(
        status=answer.status,
        body=answer.failure.text.encode() or json.dumps(answer.body).encode(),
        headers={"Content-Type": "application/json", **retry_after},
        is_garbage=answer.failure.garbage,
        signal=answer.failure.signal,
    )
