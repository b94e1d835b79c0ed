"""The suppression list in the idempotency table: addresses that a company no longer writes to, by a keyed hash.

An item has the attributes `suppression`, `at` (when that became known, and how it ranks) and `expiration`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from lambdas.common.errors import Skip
from lambdas.common.runtime import Runtime
from schemas.destinations import KEEP_RECORDS, Route
from schemas.event_type import Needs
from schemas.wire import timestamp

if TYPE_CHECKING:
    from schemas.emails import EmailSend
    from schemas.message import Message
    from schemas.suppression import EmailSuppression

_NOT_MET = "ConditionalCheckFailedException"


class _Items:
    """Items of the list, found by the stage's key."""

    def __init__(
        self,
        dynamodb: Any,
        table_name: str,
        *,
        read_key: Callable[[], bytes],
        now: Callable[[], datetime],
        worked: Callable[[Route], object] = lambda _: None,
    ) -> None:
        """Use one table.

        Args:
            dynamodb: boto3's client.
            table_name: the idempotency table.
            read_key: returns the key of the hash.
            now: the clock.
            worked: called after each call that succeeded.
        """
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._read_key = read_key
        self._now = now
        self._worked = worked

    @classmethod
    def connect(cls, runtime: Runtime) -> Self:
        """Use the stage's table and key."""

        def read_key() -> bytes:
            from lambdas.common.clients.secrets import HashKey  # at the first call, not at the start

            return runtime.capability(HashKey).read()

        return cls(
            runtime.client("dynamodb"),
            runtime.environment.idempotency_table_name,
            read_key=read_key,
            now=runtime.now,
            worked=runtime.worked,
        )

    def _call(self, operation: str, company_id: str, email: str, **request: Any) -> Mapping[str, Any] | None:
        """Call DynamoDB about one address; None where the item does not meet a condition.

        Raises:
            UnavailableError: the key or the table is unavailable.
        """
        from lambdas.common.clients.aws import aws_exceptions  # at the first call, not at the start
        from schemas.suppression import suppression_key

        key = {"id": {"S": suppression_key(self._read_key(), company_id, email)}}
        try:
            response: Mapping[str, Any] | None = getattr(self._dynamodb, operation)(
                TableName=self._table_name, Key=key, **request
            )
        except aws_exceptions() as error:
            from lambdas.common.clients.aws_errors import failure_of, unavailable  # most calls succeed

            failure = failure_of(error, _OPERATIONS[operation])
            if failure.code != _NOT_MET:
                raise unavailable(failure, KEEP_RECORDS, "the suppression list cannot be read or changed") from None
            response = None
        self._worked(KEEP_RECORDS)
        return response


_OPERATIONS = {"get_item": "dynamodb:GetItem", "update_item": "dynamodb:UpdateItem"}


class Suppressed(_Items):
    """Keeps mails from addresses on the list: a gate (`lambdas/common/handlers.py`), so a skipped mail has no record.

    One read a mail, eventually consistent: a mail that is sent within the second after a bounce may go out.
    """

    need: ClassVar[Needs | None] = Needs.SUPPRESSED

    def admit(self, message: "Message[EmailSend]") -> None:
        """Let a mail go out, unless its company no longer writes to its address.

        Raises:
            Skip: the address is on the company's list.
            UnavailableError: the key or the table is unavailable.
        """
        response = self._call("get_item", message.company_id, message.payload.to.email)
        item = (response or {}).get("Item")
        if not item or float(item["expiration"]["N"]) <= self._now().timestamp():  # DynamoDB deletes days later
            return
        from schemas.suppression import WHY_SUPPRESSED  # few addresses have an item

        if why := WHY_SUPPRESSED.get(item["suppression"]["S"]):
            raise Skip(f"suppressed: {why}")

    def has_recovered(self, message: "Message[EmailSend]", since: datetime) -> bool:  # noqa: ARG002 the gate's form
        """Return False: after a failure, how long to wait depends on SES alone."""
        return False


class SuppressionList(_Items):
    """Changes the list."""

    need: ClassVar[Needs] = Needs.SUPPRESSION_LIST

    def put(self, change: "EmailSuppression") -> None:
        """Write down what is known about an address, unless something later is known.

        Reports may come in any order, and twice: the item is the same in the end. A time in the future counts as now,
        since no later report could ever replace it. An expired item counts as none.

        Raises:
            Skip: this or something later is known.
            UnavailableError: the key or the table is unavailable.
        """
        from schemas.suppression import RANKS, SUPPRESSED_FOR  # email.send, which only reads, does without them

        now = self._now()
        occurred_at = min(change.occurred_at, now)
        response = self._call(
            "update_item",
            change.company_id,
            change.email,
            UpdateExpression="SET #suppression = :suppression, #at = :at, #expiration = :expiration",
            ConditionExpression="attribute_not_exists(#at) OR #at < :at OR #expiration <= :now",
            ExpressionAttributeNames={"#suppression": "suppression", "#at": "at", "#expiration": "expiration"},
            ExpressionAttributeValues={
                ":suppression": {"S": change.suppression},
                ":at": {"S": f"{timestamp(occurred_at)}/{RANKS.index(change.suppression)}"},
                ":expiration": {"N": str(int((occurred_at + SUPPRESSED_FOR).timestamp()))},
                ":now": {"N": str(int(now.timestamp()))},
            },
        )
        if response is None:
            raise Skip("this, or something later, is known about the address")
