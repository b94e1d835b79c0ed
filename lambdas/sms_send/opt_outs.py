"""Report phone numbers that opted out of texts: `contact.sms_status`, straight on the bus."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from schemas.event_type import Needs

if TYPE_CHECKING:
    from lambdas.common.clients.outbox import EventBus
    from lambdas.common.runtime import Runtime
    from schemas.message import Message
    from schemas.sms import SmsSend


class OptOuts:
    """Publishes one report for each tenant and number, however many texts find the number opted out.

    A log reader could try all phone numbers on an id that is their plain hash. So the id is computed from a keyed hash
    (HMAC, RFC 2104), with the key of the suppression list.
    """

    need: ClassVar[Needs] = Needs.HASH_KEY

    def __init__(self, bus: "EventBus", read_key: Callable[[], bytes], now: Callable[[], datetime]) -> None:
        """Publish on a bus.

        Args:
            bus: the stage's bus.
            read_key: returns the key of the hash.
            now: the clock.
        """
        self._bus = bus
        self._read_key = read_key
        self._now = now

    @classmethod
    def connect(cls, runtime: "Runtime") -> Self:
        """Use the stage's bus and key."""
        from lambdas.common.clients.outbox import EventBus

        def read_key() -> bytes:
            from lambdas.common.clients.secrets import HashKey  # few texts find a number opted out

            return runtime.capability(HashKey).read()

        return cls(runtime.capability(EventBus), read_key, runtime.now)

    def report(self, text: "Message[SmsSend]") -> None:
        """Report that a text's number opted out.

        Raises:
            UnavailableError: the key or the bus is unavailable.
            PermanentError: the bus refused the report for good.
        """
        from lambdas.common.errors import PermanentError, UnavailableError
        from schemas.contacts import CONTACT_SMS_STATUS, ContactSmsStatus
        from schemas.destinations import PUT_EVENTS
        from schemas.reasons import Remedy

        refused = self._bus.publish(
            CONTACT_SMS_STATUS,
            ContactSmsStatus(company_id=text.company_id, phone=text.payload.to),
            text,
            id=self._id(text.company_id, text.payload.to),
            causation_id=None,
            now=self._now(),
        )
        if refused:
            what = f"the number opted out of texts, and the event bus did not take the report: {refused.code}"
            if refused.is_permanent:
                raise PermanentError(what, remedy=Remedy.REDRIVE)
            raise UnavailableError(what, PUT_EVENTS, to_do=refused.to_do, throttled=refused.throttled)

    def _id(self, company_id: str, phone: str) -> str:
        from hmac import digest

        from schemas.contacts import CONTACT_SMS_STATUS
        from schemas.identity import uuid_of

        hashed = digest(self._read_key(), f"{company_id}\n{phone}".encode(), "sha256").hex()
        return uuid_of(company_id, hashed, CONTACT_SMS_STATUS.name)
