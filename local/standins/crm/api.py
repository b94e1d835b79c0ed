"""The stand-in CRM's responses to requests, without sockets."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

from local.standins.crm.control import CrmControl
from local.standins.crm.http import CrmRequest, CrmResponse, CrmRoute, Endpoint, RefusedError, read_model, wire
from local.standins.crm.state import CrmCall, CrmState
from schemas.contacts import ContactEmailStatus
from schemas.crm_answers import CrmError
from schemas.wire import OwnWords, PhoneNumber, Timestamp, WireModel

_ERRORS: Mapping[int, CrmError] = {error.status: error for error in CrmError if error is not CrmError.IN_PROGRESS}


class _DisableRequest(WireModel):
    reason: Literal["gone", "failing"]
    failing_since: Timestamp
    last_answer: OwnWords
    disabled_at: Timestamp


class _SmsStatusRequest(WireModel):
    phone: PhoneNumber
    occurred_at: Timestamp


class CrmEndpoints:
    """The CRM's internal API, and the control API for tests."""

    def __init__(self, state: CrmState, token: str, wait: Callable[[float], object]) -> None:
        """Serve this state.

        Args:
            state: the CRM's data and recorded calls.
            token: the bearer token that the internal API requires.
            wait: waits for a number of seconds, for slow responses.
        """
        self._state = state
        self._token = token
        self._wait = wait
        internal: tuple[CrmRoute, ...] = (
            ("GET", "/internal/health", self._health),
            ("GET", "/internal/appointments/{id}", self._appointment),
            ("GET", "/internal/companies/{id}/admins", self._admins),
            ("GET", "/internal/companies/{id}/webhooks", self._webhooks),
            ("GET", "/internal/payments/{id}", self._payment),
            ("POST", "/internal/activity", self._activity),
            ("POST", "/internal/payments/{id}/retry", self._retry),
            ("POST", "/internal/reports/{id}/generate", self._generate),
            ("POST", "/internal/companies/{id}/webhooks/{endpointId}/disable", self._disable),
            ("POST", "/internal/companies/{id}/contacts/email-status", self._report_email),
            ("POST", "/internal/companies/{id}/contacts/sms-status", self._report_number),
        )
        control = CrmControl(state, [f"{method} {pattern}" for method, pattern, _ in internal])
        self._routes = internal + control.routes

    def answer(self, request: CrmRequest) -> CrmResponse:
        """The response to one request."""
        try:
            endpoint, route, id_ = self._route(request)
            return endpoint(replace(request, route=route), id_)
        except RefusedError as refused:
            return refused.answer

    def _route(self, request: CrmRequest) -> tuple[Endpoint, str, str]:
        if request.path.startswith("/internal/") and request.token != self._token:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "the bearer token is missing or wrong")
        for method, pattern, endpoint in self._routes:
            match = re.fullmatch(re.sub("{[A-Za-z]+}", "([^/?]+)", pattern), urlsplit(request.path).path)
            if match and method == request.method:
                return endpoint, f"{method} {pattern}", "/".join(match.groups())
        raise RefusedError(HTTPStatus.NOT_FOUND, f"there is no {request.method} {request.path}")

    def _health(self, request: CrmRequest, _: str) -> CrmResponse:
        reply = self._record(request, ("",), {}, HTTPStatus.OK)
        return replace(reply, body={"status": "ok"}) if reply.status == HTTPStatus.OK else reply

    def _appointment(self, request: CrmRequest, appointment_id: str) -> CrmResponse:
        appointment = self._state.appointment(appointment_id)
        about = (appointment_id, appointment.company_id) if appointment else (appointment_id,)
        return self._read(request, about, appointment)

    def _admins(self, request: CrmRequest, company_id: str) -> CrmResponse:
        return self._read(request, (company_id,), self._state.admins(company_id))

    def _webhooks(self, request: CrmRequest, company_id: str) -> CrmResponse:
        return self._read(request, (company_id,), self._state.subscriptions.webhooks(company_id, request.event))

    def _payment(self, request: CrmRequest, payment_id: str) -> CrmResponse:
        return self._read(request, (payment_id,), self._state.payment(payment_id))

    def _read(self, request: CrmRequest, about: tuple[str, ...], found: WireModel | None) -> CrmResponse:
        usual = HTTPStatus.OK if found else HTTPStatus.NOT_FOUND
        reply = self._record(request, about, {}, usual)
        if reply.status == HTTPStatus.OK and found and not reply.failure.text:
            return CrmResponse(HTTPStatus.OK, _with_odd(wire(found), self._state.odd(urlsplit(request.path).path)))
        return reply

    def _activity(self, request: CrmRequest, _: str) -> CrmResponse:
        fields = self._write(request)
        about = (str(fields.get("subjectId")), str(fields.get("companyId")))
        return self._record(request, about, fields, HTTPStatus.OK)

    def _retry(self, request: CrmRequest, payment_id: str) -> CrmResponse:
        fields = self._write(request)
        paid = self._state.is_paid(payment_id)
        about = (payment_id, str(fields.get("companyId")))
        return self._record(request, about, fields, HTTPStatus.CONFLICT if paid else HTTPStatus.OK)

    def _generate(self, request: CrmRequest, report_id: str) -> CrmResponse:
        fields = self._write(request)
        return self._record(request, (report_id, str(fields.get("companyId"))), fields, HTTPStatus.OK)

    def _disable(self, request: CrmRequest, ids: str) -> CrmResponse:
        company_id, _, endpoint_id = ids.partition("/")
        fields = self._write(request)
        asked = read_model(_DisableRequest, fields)
        refusal = self._state.subscriptions.refusal(company_id, endpoint_id, asked.disabled_at)
        reply = self._record(request, (endpoint_id, company_id), fields, refusal.status if refusal else HTTPStatus.OK)
        if _was_done(reply):
            self._state.subscriptions.disable(company_id, endpoint_id)
        return reply

    def _report_email(self, request: CrmRequest, company_id: str) -> CrmResponse:
        fields = self._write(request)
        contact = read_model(ContactEmailStatus, fields)
        reply = self._record(request, (company_id,), fields, HTTPStatus.OK)
        if _was_done(reply):
            self._state.contacts.report_email(contact)
        return reply

    def _report_number(self, request: CrmRequest, company_id: str) -> CrmResponse:
        fields = self._write(request)
        asked = read_model(_SmsStatusRequest, fields)
        reply = self._record(request, (company_id,), fields, HTTPStatus.OK)
        if _was_done(reply):
            self._state.contacts.report_opt_out(company_id, asked.phone, asked.occurred_at)
        return reply

    def _write(self, request: CrmRequest) -> dict[str, Any]:
        if not request.key:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "the header Idempotency-Key is missing")
        return request.fields()

    def _record(
        self, request: CrmRequest, about: tuple[str, ...], fields: Mapping[str, Any], usual: HTTPStatus
    ) -> CrmResponse:
        """Record a call; its response is the next planned failure, or the usual one."""
        failure = self._state.next_failure(about, (request.method, request.path, request.key), request.route)
        self._wait(failure.seconds)
        status = usual if failure.status == HTTPStatus.OK else failure.status
        call = self._state.record(
            CrmCall(
                method=request.method,
                path=request.path,
                about=about[0],
                key=request.key,
                body=fields,
                status=0 if failure.sends_no_response else status,
                by_proxy=bool(failure.text),
            )
        )
        return CrmResponse(call.status, _said(call.status), failure)


def _was_done(reply: CrmResponse) -> bool:
    """Whether the CRM did what it was asked: it answered so itself, and no proxy in its place."""
    return reply.status == HTTPStatus.OK and not reply.failure.text


def _said(status: int) -> Mapping[str, Any]:
    """What the CRM says with a status (`schemas/crm_answers.py`); anything at all where nothing is agreed."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return {"result": "done"}
    return {"error": _ERRORS.get(status, "unavailable")}


def _with_odd(answer: Mapping[str, Any], odd: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer with odd rows at the end of its lists, and with odd fields instead of its own."""
    merged = dict(answer)
    for name, value in odd.items():
        match merged.get(name), value:
            case list(rows), list(more):
                merged[name] = [*rows, *more]
            case dict(fields), dict(others):
                merged[name] = _with_odd(fields, others)
            case _:
                merged[name] = value
    return merged
