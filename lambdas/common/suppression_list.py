"""The suppression list in the idempotency table: addresses that a company no longer writes to, by a keyed hash."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Self

from lambdas.common.clients.aws import aws_exceptions
from lambdas.common.clients.secrets import read_secret
from lambdas.common.errors import Skip, UnavailableError
from lambdas.common.runtime import Runtime
from schemas.destinations import KEEP_RECORDS, READ_SECRET
from schemas.event_type import Needs
from schemas.suppression import SUPPRESSED_FOR, EmailSuppression, Suppression, suppression_key
from schemas.wire import timestamp

_NOT_MET = "ConditionalCheckFailedException"


class _Items:
    """Items of the list, found by the stage's key."""

    def __init__(self, dynamodb: Any, table_name: str, read_key: Callable[[], str]) -> None:
        """Use one table.

        Args:
            dynamodb: boto3's client.
            table_name: the idempotency table.
            read_key: reads the key of the hash; called at the first use.
        """
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._read_key = read_key
        self._key = b""

    @classmethod
    def connect(cls, runtime: Runtime) -> Self:
        """Use the stage's table and key."""
        environment = runtime.environment
        read_key = partial(read_secret, runtime.client("secretsmanager"), environment.suppression_key_secret_arn)
        return cls(runtime.client("dynamodb"), environment.idempotency_table_name, read_key)

    def _call(self, operation: str, company_id: str, email: str, **request: Any) -> Mapping[str, Any]:
        """Call DynamoDB about one address; empty where a condition is not met.

        Raises:
            UnavailableError: the key or the table is unavailable.
        """
        key = {"id": {"S": suppression_key(self._secret(), company_id, email)}}
        try:
            return getattr(self._dynamodb, operation)(TableName=self._table_name, Key=key, **request) or {}
        except aws_exceptions() as error:
            from lambdas.common.clients.aws_errors import failure_of, unavailable

            failure = failure_of(error, "dynamodb:UpdateItem")
            if failure.code == _NOT_MET:
                return {}
            raise unavailable(failure, KEEP_RECORDS, "the suppression list cannot be read or changed") from None

    def _secret(self) -> bytes:
        self._key = self._key or self._read_key().encode()
        if not self._key:
            raise UnavailableError(
                "the key of the suppression list is empty", READ_SECRET, remedy="store a random text in the secret"
            )
        return self._key


class Suppressed(_Items):
    """Reads the list."""

    need: ClassVar[Needs] = Needs.SUPPRESSED

    def check(self, company_id: str, email: str) -> None:
        """Return if a company may write to an address.

        Raises:
            Skip: the address is on the company's list.
            UnavailableError: the key or the table is unavailable.
        """
        item = self._call("get_item", company_id, email).get("Item", {})
        status = item.get("suppression", {}).get("S", Suppression.DELIVERABLE)
        if status != Suppression.DELIVERABLE:
            raise Skip(f"suppressed: an earlier mail of the company to this address {_IN_WORDS[status]}")


_IN_WORDS = {Suppression.BOUNCED: "bounced", Suppression.COMPLAINED: "was marked as spam"}


class SuppressionList(_Items):
    """Changes the list."""

    need: ClassVar[Needs] = Needs.SUPPRESSION_LIST

    def put(self, change: EmailSuppression, now: datetime) -> None:
        """Write down what is known about an address, unless something later is known.

        Raises:
            Skip: something later is known.
            UnavailableError: the key or the table is unavailable.
        """
        at = timestamp(change.occurred_at)
        answer = self._call(
            "update_item",
            change.company_id,
            change.email,
            UpdateExpression="SET #suppression = :suppression, #at = :at, #expiration = :expiration",
            ConditionExpression="attribute_not_exists(#at) OR #at < :at",
            ExpressionAttributeNames={"#suppression": "suppression", "#at": "at", "#expiration": "expiration"},
            ExpressionAttributeValues={
                ":suppression": {"S": change.suppression},
                ":at": {"S": at},
                ":expiration": {"N": str(int((now + SUPPRESSED_FOR).timestamp()))},
            },
        )
        if not answer:
            raise Skip("something later is known about the address")
