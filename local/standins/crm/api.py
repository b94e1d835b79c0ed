"""What the stand-in CRM answers to a request: decisions alone, no sockets."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from pydantic import ValidationError

from local.standins.crm.state import NONE, Call, CrmFailure, CrmState, Facts
from schemas.crm import Appointment, CompanyAdmins, CompanyWebhooks
from schemas.problems import from_validation, sentence
from schemas.wire import WireModel

M = TypeVar("M", bound=WireModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmRequest:
    """What came."""

    method: str
    path: str
    body: bytes = b""
    token: str = ""
    """The bearer token."""

    key: str = ""
    """The header Idempotency-Key."""

    @property
    def event(self) -> str:
        """What its query asks for under that name.

        Raises:
            RefusedError: it asks for nothing.
        """
        asked = parse_qs(urlsplit(self.path).query).get("event")
        if not asked:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "the query lacks event=…")
        return asked[0]

    def fields(self) -> dict[str, Any]:
        """The body's.

        Raises:
            RefusedError: it is no JSON object.
        """
        with suppress(ValueError):
            fields = json.loads(self.body)
            if isinstance(fields, dict):
                return fields
        raise RefusedError(HTTPStatus.BAD_REQUEST, "the body is no JSON object")


@dataclass(frozen=True, slots=True)
class CrmResponse:
    """What goes back."""

    status: int
    body: Mapping[str, Any]
    failure: CrmFailure = NONE
    """How it goes wrong."""


class RefusedError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        """Refuse with a status and a sentence."""
        super().__init__(why)
        self.answer = CrmResponse(status, {"error": why})


Endpoint = Callable[[CrmRequest, str], CrmResponse]
"""Answers a request, given the id in its path."""


class CrmEndpoints:
    """The CRM's internal API, and the controls of the one who tests."""

    def __init__(self, books: CrmState, token: str, wait: Callable[[float], object]) -> None:
        """Answer by these books.

        Args:
            books: what is known, and where each call is entered.
            token: the bearer token that the internal API asks for.
            wait: lets seconds go by, for an answer that shall be slow.
        """
        self._books = books
        self._token = token
        self._wait = wait
        self._routes: tuple[tuple[str, str, Endpoint], ...] = (
            ("GET", "/internal/appointments/{id}", self._appointment),
            ("GET", "/internal/companies/{id}/admins", self._admins),
            ("GET", "/internal/companies/{id}/webhooks", self._webhooks),
            ("POST", "/internal/activity", self._activity),
            ("POST", "/internal/payments/{id}/retry", self._retry),
            ("POST", "/internal/reports/{id}/generate", self._generate),
            ("GET", "/_control/calls", self._calls),
            ("PUT", "/_control/failures/{id}", self._fail),
            ("PUT", "/_control/appointments/{id}", self._put_appointment),
            ("PATCH", "/_control/appointments/{id}", self._change_appointment),
            ("DELETE", "/_control/appointments/{id}", self._forget_appointment),
            ("PUT", "/_control/admins/{id}", self._appoint),
            ("PUT", "/_control/paid/{id}", self._pay),
            ("PUT", "/_control/webhooks/{id}", self._subscribe),
            ("DELETE", "/_control/webhooks/{id}", self._unsubscribe),
        )

    def answer(self, request: CrmRequest) -> CrmResponse:
        """Answer one request."""
        try:
            endpoint, subject = self._route(request)
            return endpoint(request, subject)
        except RefusedError as refused:
            return refused.answer

    def _route(self, request: CrmRequest) -> tuple[Endpoint, str]:
        if request.path.startswith("/internal/") and request.token != self._token:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "the bearer token is missing or wrong")
        for method, pattern, endpoint in self._routes:
            match = re.fullmatch(pattern.replace("{id}", "([^/?]+)"), urlsplit(request.path).path)
            if match and method == request.method:
                return endpoint, "".join(match.groups())
        raise RefusedError(HTTPStatus.NOT_FOUND, f"there is no {request.method} {request.path}")

    def _appointment(self, request: CrmRequest, appointment_id: str) -> CrmResponse:
        appointment = self._books.appointment(appointment_id)
        about = (appointment_id, appointment.company_id) if appointment else (appointment_id,)
        return self._read(request, about, appointment)

    def _admins(self, request: CrmRequest, company_id: str) -> CrmResponse:
        return self._read(request, (company_id,), self._books.admins(company_id))

    def _webhooks(self, request: CrmRequest, company_id: str) -> CrmResponse:
        return self._read(request, (company_id,), self._books.webhooks(company_id, request.event))

    def _read(self, request: CrmRequest, about: tuple[str, ...], found: WireModel | None) -> CrmResponse:
        known = HTTPStatus.OK if found else HTTPStatus.NOT_FOUND
        settled = self._settle(request, about, {}, known)
        if settled.status == HTTPStatus.OK and found and not settled.failure.text:
            return CrmResponse(HTTPStatus.OK, _wire(found))
        if settled.status == HTTPStatus.NOT_FOUND:
            return CrmResponse(HTTPStatus.NOT_FOUND, {"error": f"there is nothing at {request.path}"})
        return settled

    def _activity(self, request: CrmRequest, _: str) -> CrmResponse:
        fields = self._write(request)
        about = (str(fields.get("subjectId")), str(fields.get("companyId")))
        return self._settle(request, about, fields, HTTPStatus.OK)

    def _retry(self, request: CrmRequest, payment_id: str) -> CrmResponse:
        fields = self._write(request)
        paid = self._books.is_paid(payment_id)
        about = (payment_id, str(fields.get("companyId")))
        return self._settle(request, about, fields, HTTPStatus.CONFLICT if paid else HTTPStatus.OK)

    def _generate(self, request: CrmRequest, report_id: str) -> CrmResponse:
        fields = self._write(request)
        return self._settle(request, (report_id, str(fields.get("companyId"))), fields, HTTPStatus.OK)

    def _write(self, request: CrmRequest) -> dict[str, Any]:
        if not request.key:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "the header Idempotency-Key is missing")
        return request.fields()

    def _settle(
        self, request: CrmRequest, about: tuple[str, ...], fields: Mapping[str, Any], usual: HTTPStatus
    ) -> CrmResponse:
        """Enter a call with the answer that was planned for it, or with the usual one."""
        plan = self._books.plan(about)
        self._wait(plan.seconds)
        planned = usual if plan.status == HTTPStatus.OK else plan.status
        call = self._books.enter(
            Call(
                method=request.method,
                path=request.path,
                about=about[0],
                key=request.key,
                body=fields,
                status=0 if plan.is_unheard else planned,
            )
        )
        return CrmResponse(call.status, {"accepted": call.accepted}, plan)

    def _calls(self, _request: CrmRequest, _: str) -> CrmResponse:
        return CrmResponse(HTTPStatus.OK, {"calls": [asdict(call) for call in self._books.calls()]})

    def _fail(self, request: CrmRequest, about: str) -> CrmResponse:
        try:
            self._books.fail(about, CrmFailure(**request.fields()))
        except TypeError as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from None
        return CrmResponse(HTTPStatus.OK, {"failing": about})

    def _put_appointment(self, request: CrmRequest, appointment_id: str) -> CrmResponse:
        return self._know(_model(Appointment, {**request.fields(), "id": appointment_id}))

    def _change_appointment(self, request: CrmRequest, appointment_id: str) -> CrmResponse:
        appointment = self._books.appointment(appointment_id)
        if appointment is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, f"there is no appointment {appointment_id}: PUT it first")
        return self._know(_model(Appointment, {**_wire(appointment), **request.fields(), "id": appointment_id}))

    def _know(self, appointment: Appointment) -> CrmResponse:
        self._books.learn(Facts(appointments=(appointment,)))
        return CrmResponse(HTTPStatus.OK, _wire(appointment))

    def _forget_appointment(self, _request: CrmRequest, appointment_id: str) -> CrmResponse:
        self._books.forget_appointment(appointment_id)
        return CrmResponse(HTTPStatus.OK, {"unknown": appointment_id})

    def _appoint(self, request: CrmRequest, company_id: str) -> CrmResponse:
        admins = _model(CompanyAdmins, request.fields())
        self._books.appoint(company_id, admins)
        return CrmResponse(HTTPStatus.OK, _wire(admins))

    def _pay(self, _request: CrmRequest, payment_id: str) -> CrmResponse:
        self._books.learn(Facts(paid=(payment_id,)))
        return CrmResponse(HTTPStatus.OK, {"paid": payment_id})

    def _subscribe(self, request: CrmRequest, company_id: str) -> CrmResponse:
        told = _model(CompanyWebhooks, request.fields())
        self._books.subscribe(company_id, request.event, told.endpoints)
        return CrmResponse(HTTPStatus.OK, _wire(told))

    def _unsubscribe(self, request: CrmRequest, company_id: str) -> CrmResponse:
        self._books.unsubscribe(company_id, request.event)
        return CrmResponse(HTTPStatus.OK, {"unsubscribed": company_id})


def _wire(model: WireModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True)


def _model(model: type[M], fields: Mapping[str, Any]) -> M:
    try:
        return model.model_validate_json(json.dumps(fields), by_alias=True, by_name=False)
    except ValidationError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, sentence(from_validation(error))) from None
