"""The stand-in CRM's control API: tests set its data and its failures."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter

from local.standins.crm.http import CrmRequest, CrmResponse, CrmRoute, RefusedError, parsed, read_model, wire
from local.standins.crm.outage import RateLimit
from local.standins.crm.state import CrmFailure, CrmState, Facts
from schemas.crm import Appointment, CompanyAdmins, CompanyWebhooks


@dataclass(frozen=True, slots=True)
class _OutageRequest:
    __pydantic_config__ = ConfigDict(extra="forbid")

    seconds: Annotated[float, Field(gt=0)]
    status: Annotated[int, Field(ge=400, le=599)] = HTTPStatus.SERVICE_UNAVAILABLE
    routes: tuple[str, ...] = ()


_OUTAGE = TypeAdapter(_OutageRequest)
_LIMITS = TypeAdapter(dict[str, RateLimit])


class CrmControl:
    """The control API."""

    def __init__(self, state: CrmState, known: Sequence[str]) -> None:
        """Control this state. `known` are the routes that can fail and be limited."""
        self._state = state
        self._known = known
        self.routes: tuple[CrmRoute, ...] = (
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
            ("GET", "/_control/contacts/{id}", self._contacts),
        )

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
        outage = parsed(_OUTAGE, request.fields())
        self._check_routes(outage.routes)
        self._state.begin_outage(outage.seconds, outage.status, routes=outage.routes)
        return CrmResponse(HTTPStatus.OK, asdict(outage))

    def _limit(self, request: CrmRequest, _: str) -> CrmResponse:
        limits = parsed(_LIMITS, request.fields())
        self._check_routes(limits)
        for route, limit in limits.items():
            self._state.limit(route, limit)
        return CrmResponse(HTTPStatus.OK, {route: asdict(limit) for route, limit in limits.items()})

    def _check_routes(self, routes: Iterable[str]) -> None:
        for route in routes:
            if route not in self._known:
                known = ", ".join(self._known)
                raise RefusedError(HTTPStatus.BAD_REQUEST, f"there is no route {route}: name one of {known}")

    def _set_odd(self, request: CrmRequest, _: str) -> CrmResponse:
        odd = request.fields()
        if not all(isinstance(fields, dict) for fields in odd.values()):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "each path must have an object with the odd fields")
        self._state.add(Facts(odd=odd))
        return CrmResponse(HTTPStatus.OK, odd)

    def _put_appointment(self, request: CrmRequest, appointment_id: str) -> CrmResponse:
        return self._put(read_model(Appointment, {**request.fields(), "id": appointment_id}))

    def _change_appointment(self, request: CrmRequest, appointment_id: str) -> CrmResponse:
        appointment = self._state.appointment(appointment_id)
        if appointment is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, f"there is no appointment {appointment_id}: PUT it first")
        return self._put(read_model(Appointment, {**wire(appointment), **request.fields(), "id": appointment_id}))

    def _put(self, appointment: Appointment) -> CrmResponse:
        self._state.add(Facts(appointments=(appointment,)))
        return CrmResponse(HTTPStatus.OK, wire(appointment))

    def _remove_appointment(self, _request: CrmRequest, appointment_id: str) -> CrmResponse:
        self._state.remove_appointment(appointment_id)
        return CrmResponse(HTTPStatus.OK, {"unknown": appointment_id})

    def _set_admins(self, request: CrmRequest, company_id: str) -> CrmResponse:
        admins = read_model(CompanyAdmins, request.fields())
        self._state.set_admins(company_id, admins)
        return CrmResponse(HTTPStatus.OK, wire(admins))

    def _mark_paid(self, _request: CrmRequest, payment_id: str) -> CrmResponse:
        self._state.add(Facts(paid=(payment_id,)))
        return CrmResponse(HTTPStatus.OK, {"paid": payment_id})

    def _subscribe(self, request: CrmRequest, company_id: str) -> CrmResponse:
        webhooks = read_model(CompanyWebhooks, request.fields())
        self._state.subscriptions.subscribe(company_id, request.event, webhooks.endpoints)
        return CrmResponse(HTTPStatus.OK, wire(webhooks))

    def _enable(self, _request: CrmRequest, ids: str) -> CrmResponse:
        company_id, _, endpoint_id = ids.partition("/")
        if not self._state.subscriptions.enable(company_id, endpoint_id):
            raise RefusedError(HTTPStatus.NOT_FOUND, f"there is no endpoint {endpoint_id}: PUT it first")
        return CrmResponse(HTTPStatus.OK, {"enabled": endpoint_id})

    def _unsubscribe(self, request: CrmRequest, company_id: str) -> CrmResponse:
        self._state.subscriptions.unsubscribe(company_id, request.event)
        return CrmResponse(HTTPStatus.OK, {"unsubscribed": company_id})

    def _contacts(self, _request: CrmRequest, company_id: str) -> CrmResponse:
        return CrmResponse(HTTPStatus.OK, self._state.contacts.known(company_id))
