"""A stand-in for the CRM's internal API on loopback; tests set its data and its failures.

`/internal/…` is the CRM's API and requires its bearer token:

    GET    /internal/health                  {"status": "ok"}
    GET    /internal/appointments/{id}       404 for an unknown appointment
    GET    /internal/companies/{id}/admins   every company has some, unless they were set
    GET    /internal/companies/{id}/webhooks?event=…   none, unless they were set
    GET    /internal/payments/{id}           paid or open, and the number of retries made
    POST   /internal/activity                requires an Idempotency-Key
    POST   /internal/payments/{id}/retry     requires an Idempotency-Key; 409 for a payment that is paid already
    POST   /internal/reports/{id}/generate   requires an Idempotency-Key
    POST   /internal/companies/{id}/webhooks/{endpointId}/disable
                                             requires an Idempotency-Key; the endpoint is no longer listed; 409 for one
                                             that is disabled already, or was enabled after `disabledAt`

    POST   /internal/companies/{id}/contacts/email-status
                                             requires an Idempotency-Key; of two reports the later one counts
    POST   /internal/companies/{id}/contacts/sms-status
                                             requires an Idempotency-Key

`/_control/…` is for tests:

    GET    /_control/calls                   every call and its response
    PUT    /_control/failures/{id}           {"status": 503, "times": 1, "seconds": 0, "garbage": false}, each optional:
                                             how calls about this appointment, payment, subject or company fail;
                                             {"text": "<html>", "content_type": "text/html"}: a proxy's answer
    PUT    /_control/proxy                   {"answers_each": 1}: a proxy answers the first call of every request
    DELETE /_control/proxy                   the proxy is gone, calls fail no more, outages and limits end
    PUT    /_control/outage                  {"seconds": 20, "status": 503, "routes": ["POST /internal/activity"]}:
                                             calls of these routes, or of all, get this status for so long
    PUT    /_control/limits                  {"POST /internal/reports/{id}/generate": {"calls": 5, "retry_after": "5"}}:
                                             so many calls a second; the others get 429
    PUT    /_control/odd                     {"/internal/companies/{id}/admins": {"admins": [{"email": 7}]}}:
                                             odd rows and fields of the answer at a path
    PUT    /_control/appointments/{id}       an appointment as in schemas/crm.py; `id` may be left out
    PATCH  /_control/appointments/{id}       some of its fields: {"status": "cancelled"}, or another "startTime"
    DELETE /_control/appointments/{id}       remove the appointment
    PUT    /_control/admins/{companyId}      {"companyName": "…", "admins": [{"id": "…", "name": "…", "email": "…"}]}
    PUT    /_control/paid/{paymentId}        mark the payment as paid
    PUT    /_control/webhooks/{companyId}?event=…
                                             {"endpoints": [{"id": "…", "url": "http://…", "secrets": ["whsec_…"]}]}:
                                             add these endpoints for this type of event
    DELETE /_control/webhooks/{companyId}?event=…
                                             remove all endpoints for this type of event
    PUT    /_control/webhooks/{companyId}/{endpointId}/enabled
                                             enable an endpoint again: it is listed, with `enabledAt`
    GET    /_control/contacts/{companyId}    the reported statuses of email addresses, and the numbers that opted out

Bodies are not logged: they contain personal data.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from local.standins.crm.api import CrmEndpoints
from local.standins.crm.http import CrmRequest, CrmResponse
from local.standins.crm.state import CrmState
from local.standins.http_server import HttpReply, HttpRequest, http_stand_in


@dataclass(frozen=True, slots=True)
class CrmStandIn:
    """A running stand-in."""

    base_url: str
    token: str
    """The bearer token that the internal API requires."""

    state: CrmState
    refusing_connections: Callable[[], AbstractContextManager[None]]
    """Lets nobody connect during a block."""


@contextmanager
def crm_stand_in(log: Path) -> Iterator[CrmStandIn]:
    """Serve on a free port during the block."""
    state, token, stopping = CrmState(), secrets.token_urlsafe(24), Event()
    endpoints = CrmEndpoints(state, token, stopping.wait)
    with http_stand_in(log, lambda request: _reply(endpoints.answer(_request(request))), stopping) as server:
        yield CrmStandIn(server.base_url, token, state, server.refusing_connections)


def _request(request: HttpRequest) -> CrmRequest:
    return CrmRequest(
        method=request.method,
        path=request.path,
        body=request.body,
        token=request.headers.get("authorization", "").removeprefix("Bearer "),
        key=request.headers.get("idempotency-key", ""),
    )


def _reply(response: CrmResponse) -> HttpReply:
    """The HTTP reply. Its delay is over already; the server performs the other failures."""
    retry_after = {"Retry-After": response.failure.retry_after} if response.failure.retry_after else {}
    return HttpReply(
        status=response.status,
        body=response.failure.text.encode() or json.dumps(response.body).encode(),
        headers={"Content-Type": response.failure.content_type, **retry_after},
        is_garbage=response.failure.garbage,
        signal=response.failure.signal,
    )
