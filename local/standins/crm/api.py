"""The stand-in CRM's responses to requests, without sockets."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import parse_qs, urlsplit

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from local.standins.crm.outage import RateLimit
from local.standins.crm.state import NO_FAILURE, CrmCall, CrmFailure, CrmState, Facts
from schemas.crm import Appointment, CompanyAdmins, CompanyWebhooks
from schemas.crm_answers import CrmError
from schemas.problems import from_validation, sentence
from schemas.wire import OwnWords, Timestamp, WireModel

M = TypeVar("M", bound=WireModel)
T = TypeVar("T")

_ERRORS: Mapping[int, CrmError] = {error.status: error for error in CrmError if error is not CrmError.IN_PROGRESS}


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


@dataclass(frozen=True, slots=True)
class _OutageRequest:
    __pydantic_config__ = ConfigDict(extra="forbid")

    seconds: Annotated[float, Field(gt=0)]
    status: Annotated[int, Field(ge=400, le=599)] = HTTPStatus.SERVICE_UNAVAILABLE
    routes: tuple[str, ...] = ()


class _DisableRequest(WireModel):
    reason: Literal["gone", "failing"]
    failing_since: Timestamp
    last_answer: OwnWords
    disabled_at: Timestamp


_OUTAGE = TypeAdapter(_OutageRequest)
_LIMITS = TypeAdapter(dict[str, RateLimit])


class RefusedError(Exception):
    """A request that gets an error response."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        """Refuse the request with a status and a reason."""
        super().__init__(why)
        self.answer = CrmResponse(status, {"error": why})


Endpoint = Callable[[CrmRequest, str], CrmResponse]
"""Responds to a request, given the ids in its path, with a slash between them."""


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
        self._routes: tuple[tuple[str, str, Endpoint], ...] = (
            ("GET", "/internal/health", self._health),
            ("GET", "/internal/appointments/{id}", self._appointment),
            ("GET", "/internal/companies/{id}/admins", self._admins),
            ("GET", "/internal/companies/{id}/webhooks", self._webhooks),
            ("GET", "/internal/payments/{id}", self._payment),
            ("POST", "/internal/activity", self._activity),
            ("POST", "/internal/payments/{id}/retry", self._retry),
            ("POST", "/internal/reports/{id}/generate", self._generate),
            ("POST", "/internal/companies/{id}/webhooks/{endpointId}/disable", self._disable),
            ("GET", "/_control/calls", self._calls),
            ("PUT", "/_control/failures/{id}", self._fail),
            ("PUT", "/_control/proxy", self._put_behind_proxy),
            ("DELETE", "/_control/proxy", self._recover),
            ("PUT", "/_control/outage", self._begin_outage),
            ("PUT", "/_control/limits", self._limit),
            ("PUT", "/_control/odd", self._set_odd),
            ("PUT", "/_control/appointments/{id}", self._put_appointment),
            ("PATCH", "/_control/appointments/{id}", self._change_appointment),
            ("DELETE", "/_control/appointments/{id}", self._remove_appointment),
            ("PUT", "/_control/admins/{id}", self._set_admins),
            ("PUT", "/_control/paid/{id}", self._mark_paid),
            ("PUT", "/_control/webhooks/{id}", self._subscribe),
            ("DELETE", "/_control/webhooks/{id}", self._unsubscribe),
            ("PUT", "/_control/webhooks/{id}/{endpointId}/enabled", self._enable),
        )

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
            return CrmResponse(HTTPStatus.OK, _with_odd(_wire(found), self._state.odd(urlsplit(request.path).path)))
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
        asked = _model(_DisableRequest, fields)
        refusal = self._state.subscriptions.refusal(company_id, endpoint_id, asked.disabled_at)
        reply = self._record(request, (endpoint_id, company_id), fields, refusal.status if refusal else HTTPStatus.OK)
        if reply.status == HTTPStatus.OK and not reply.failure.text:
            self._state.subscriptions.disable(company_id, endpoint_id)
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

    def _calls(self, _request: CrmRequest, _: str) -> CrmResponse:
        return CrmResponse(HTTPStatus.OK, {"calls": [asdict(call) for call in self._state.calls()]})

    def _fail(self, request: CrmRequest, about: str) -> CrmResponse:
        try:
            self._state.fail(about, CrmFailure(**request.fields()))
        except TypeError as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from None
        return CrmResponse(HTTPStatus.OK, {"failing": about})

    def _put_behind_proxy(self, request: CrmRequest, _: str) -> CrmResponse:
        answers_each = request.fields().get("answers_each", 1)
        if type(answers_each) is not int or answers_each < 1:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "answers_each must be a number of calls from 1 on")
        self._state.put_behind_proxy(answers_each=answers_each)
        return CrmResponse(HTTPStatus.OK, {"answers_each": answers_each})

    def _recover(self, _request: CrmRequest, _: str) -> CrmResponse:
        self._state.recover()
        return CrmResponse(HTTPStatus.OK, {})

    def _begin_outage(self, request: CrmRequest, _: str) -> CrmResponse:
        outage = _parsed(_OUTAGE, request.fields())
        self._check_routes(outage.routes)
        self._state.begin_outage(outage.seconds, outage.status, routes=outage.routes)
        return CrmResponse(HTTPStatus.OK, asdict(outage))

    def _limit(self, request: CrmRequest, _: str) -> CrmResponse:
        limits = _parsed(_LIMITS, request.fields())
        self._check_routes(limits)
        for route, limit in limits.items():
            self._state.limit(route, limit)
        return CrmResponse(HTTPStatus.OK, {route: asdict(limit) for route, limit in limits.items()})

    def _check_routes(self, routes: Iterable[str]) -> None:
        known = [f"{method} {pattern}" for method, pattern, _ in self._routes if pattern.startswith("/internal/")]
        for route in routes:
            if route not in known:
                raise RefusedError(HTTPStatus.BAD_REQUEST, f"there is no route {route}: name one of {', '.join(known)}")

    def _set_odd(self, request: CrmRequest, _: str) -> CrmResponse:
        odd = request.fields()
        if not all(isinstance(fields, dict) for fields in odd.values()):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "each path must have an object with the odd fields")
        self._state.add(Facts(odd=odd))
        return CrmResponse(HTTPStatus.OK, odd)

    def _put_appointment(self, request: CrmRequest, appointment_id: str) -> CrmResponse:
        return self._put(_model(Appointment, {**request.fields(), "id": appointment_id}))

    def _change_appointment(self, request: CrmRequest, appointment_id: str) -> CrmResponse:
        appointment = self._state.appointment(appointment_id)
        if appointment is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, f"there is no appointment {appointment_id}: PUT it first")
        return self._put(_model(Appointment, {**_wire(appointment), **request.fields(), "id": appointment_id}))

    def _put(self, appointment: Appointment) -> CrmResponse:
        self._state.add(Facts(appointments=(appointment,)))
        return CrmResponse(HTTPStatus.OK, _wire(appointment))

    def _remove_appointment(self, _request: CrmRequest, appointment_id: str) -> CrmResponse:
        self._state.remove_appointment(appointment_id)
        return CrmResponse(HTTPStatus.OK, {"unknown": appointment_id})

    def _set_admins(self, request: CrmRequest, company_id: str) -> CrmResponse:
        admins = _model(CompanyAdmins, request.fields())
        self._state.set_admins(company_id, admins)
        return CrmResponse(HTTPStatus.OK, _wire(admins))

    def _mark_paid(self, _request: CrmRequest, payment_id: str) -> CrmResponse:
        self._state.add(Facts(paid=(payment_id,)))
        return CrmResponse(HTTPStatus.OK, {"paid": payment_id})

    def _subscribe(self, request: CrmRequest, company_id: str) -> CrmResponse:
        webhooks = _model(CompanyWebhooks, request.fields())
        self._state.subscriptions.subscribe(company_id, request.event, webhooks.endpoints)
        return CrmResponse(HTTPStatus.OK, _wire(webhooks))

    def _enable(self, _request: CrmRequest, ids: str) -> CrmResponse:
        company_id, _, endpoint_id = ids.partition("/")
        if not self._state.subscriptions.enable(company_id, endpoint_id):
            raise RefusedError(HTTPStatus.NOT_FOUND, f"there is no endpoint {endpoint_id}: PUT it first")
        return CrmResponse(HTTPStatus.OK, {"enabled": endpoint_id})

    def _unsubscribe(self, request: CrmRequest, company_id: str) -> CrmResponse:
        self._state.subscriptions.unsubscribe(company_id, request.event)
        return CrmResponse(HTTPStatus.OK, {"unsubscribed": company_id})


def _parsed(adapter: TypeAdapter[T], fields: object) -> T:
    try:
        return adapter.validate_python(fields)
    except ValidationError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, sentence(from_validation(error))) from None


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


def _wire(model: WireModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True)


def _model(model: type[M], fields: Mapping[str, Any]) -> M:
    try:
        return model.model_validate_json(json.dumps(fields), by_alias=True, by_name=False)
    except ValidationError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, sentence(from_validation(error))) from None
