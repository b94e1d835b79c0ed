"""The endpoints as the whole stage knows them: which may be called, and what each call showed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, NoReturn, Self

from lambdas.common.clients.outbox import EventBus
from lambdas.common.errors import NotDeliveredError, NotNowError
from lambdas.webhook_deliver import breaker
from lambdas.webhook_deliver.answers import EndpointDisabled, EndpointGoneError
from lambdas.webhook_deliver.breaker import LEASE, EndpointFailure
from lambdas.webhook_deliver.endpoint_items import EndpointItems
from schemas.endpoints import EndpointState
from schemas.event_type import Needs

if TYPE_CHECKING:
    from lambdas.common.runtime import Runtime
    from lambdas.webhook_deliver.reports import Reports
    from schemas.message import AnyMessage

_LONGEST_ROUND = 900.0
"""Seconds; a message that is not asked looks again after so long at most: the endpoint may be well before."""

_DISABLED = "the endpoint is disabled: it was gone, or failed for days; enable it in the CRM"


class Endpoints:
    """The state of endpoints in the table: one read a message, and one write for each failure that counts."""

    need: ClassVar[Needs | None] = None
    """None: every function may use the items about health."""

    def __init__(
        self,
        items: EndpointItems,
        reports: "Callable[[], Reports]",
        *,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        cap: str = "",
    ) -> None:
        """Use one stage's items.

        Args:
            items: the items in the table.
            reports: returns what reports trouble to an endpoint's owner; few processes need it.
            now: the clock.
            jitter: returns a random number from 0 to 1.
            cap: the stage's `backoff_cap`.
        """
        self._items = items
        self._reports = reports
        self._now = now
        self._jitter = jitter
        self._cap = cap
        self._read: tuple[AnyMessage, EndpointState | None] | None = None

    @classmethod
    def connect(cls, runtime: "Runtime") -> Self:
        """Use the stage's table and bus."""

        def reports() -> "Reports":
            from lambdas.webhook_deliver.reports import Reports  # most endpoints are well

            return Reports(runtime.capability(EventBus))

        table_name, has_time = runtime.environment.idempotency_table_name, runtime.budget.allows_call
        return cls(
            EndpointItems(runtime.client("dynamodb"), table_name, now=runtime.now, has_time=has_time),
            reports,
            now=runtime.now,
            jitter=runtime.jitter,
            cap=runtime.environment.backoff_cap,
        )

    def admit(self, message: "AnyMessage") -> None:
        """Let a message call its endpoint; while the endpoint fails, one message at a time.

        Raises:
            NotNowError: the endpoint fails, and is not to be called now. This is no try.
        """
        state = self._fresh(message)
        if state is None or state.disabled_at or not state.failing_since:  # the CRM says whether it is still disabled
            return
        now = self._now()
        seconds = breaker.wait(state, message.id, now, self._jitter())
        if not seconds and not self._claim(message, state):
            seconds = max(1.0, LEASE.total_seconds() * self._jitter())
        if seconds:
            text = f"the endpoint is not called for a while, since it failed: {state.last_answer}"
            raise NotNowError(text, after=min(_LONGEST_ROUND, seconds))

    def has_recovered(self, message: "AnyMessage", since: datetime) -> bool:
        """Whether the outage in which a message failed is over, so that the message need not wait any longer."""
        state = self._fresh(message)
        return state is not None and breaker.was_in_the_last_outage(state, since)

    def require_enabled(self, message: "AnyMessage", enabled_at: datetime | None) -> None:
        """Let a message call an endpoint that the CRM lists.

        Args:
            message: the message.
            enabled_at: when somebody last enabled the endpoint again, by the CRM.

        Raises:
            EndpointDisabled: it is disabled.
        """
        state = self._known(message)
        if state is None or not state.disabled_at:
            return
        if enabled_at and enabled_at > state.disabled_at:
            new = breaker.forgotten(state)
            self._items.change(state, new)
            self._read = (message, new)
        elif (state.asked_from and self._now() < state.asked_from) or not self._claim(message, state):
            raise EndpointDisabled(_DISABLED)

    def not_listed(self, message: "AnyMessage") -> None:
        """Forget an endpoint that the CRM does not list, unless it is disabled: then it is shown for a while."""
        state = self._known(message)
        if state and state.failing_since and not state.disabled_at:
            self._items.change(state, breaker.forgotten(state))

    def succeeded(self, message: "AnyMessage") -> None:
        """Note that an endpoint took a webhook, if it was known to fail."""
        state = self._known(message)
        if state and (state.failing_since or state.disabled_at):
            self._items.change(state, breaker.after_success(state, self._now()))

    def failed(self, message: "AnyMessage", error: NotDeliveredError) -> NoReturn:
        """Note that an endpoint did not take a webhook, and report what its owner has to know.

        Raises:
            EndpointDisabled: it is disabled now.
            NotDeliveredError: it is not.
        """
        state = self._known(message)
        if state is None:  # nothing is known
            raise error
        now, gone = self._now(), isinstance(error, EndpointGoneError)
        failure = EndpointFailure(message.id, str(error), error.after)
        new = breaker.after_failure(state, failure, now, self._cap)
        if self._items.change(state, new):
            self._report(message, new, error, now, gone=gone)
        if state.disabled_at:
            raise EndpointDisabled(_DISABLED)
        raise error

    def _report(
        self, message: "AnyMessage", state: EndpointState, error: NotDeliveredError, now: datetime, *, gone: bool
    ) -> None:
        """Publish what is due, then note it: after a crash in between it is published once more, and never lost."""
        if not state.disabled_at and (gone or breaker.is_to_be_disabled(state, now)):
            refused = self._reports().disabled(state, message, now, gone=gone)
            new = replace(state, disabled_at=now, asked_from=now + breaker.PROBED_EVERY)
        elif breaker.is_to_be_reported(state, now):
            refused = self._reports().failing(state, message, now)
            new = replace(state, reported_at=now)
        else:
            return
        if refused:  # the next probe's failure reports it
            raise NotDeliveredError(
                f"{error}; the event bus did not take the report: {refused.code}", after=error.after
            )
        if self._items.change(state, new) and new.disabled_at:
            raise EndpointDisabled(f"{error}; the endpoint is disabled now")

    def _claim(self, message: "AnyMessage", state: EndpointState) -> bool:
        """Take it upon this message to call the endpoint alone; return whether no other does."""
        new = breaker.probing(state, self._now())
        self._read = (message, new)
        return self._items.change(state, new)

    def _fresh(self, message: "AnyMessage") -> EndpointState | None:
        payload = message.payload
        state = self._items.read(payload.company_id, payload.endpoint_id)
        self._read = (message, state)
        return state

    def _known(self, message: "AnyMessage") -> EndpointState | None:
        """Return the state before the call, as `admit` read it."""
        if self._read and self._read[0] is message:
            return self._read[1]
        return self._fresh(message)
