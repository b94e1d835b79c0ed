"""The items about other systems in the idempotency table. Without the table nothing is known, and nothing fails."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from lambdas.common.clients.aws import aws_exceptions
from schemas.identity import REMEMBERED_DAYS

NOT_MET = "ConditionalCheckFailedException"
"""The table's answer to a change whose condition an item does not meet."""

_KEPT = timedelta(days=REMEMBERED_DAYS)


class HealthItems:
    """Reads and changes items of one kind, while there is time."""

    def __init__(
        self, dynamodb: Any, table_name: str, *, now: Callable[[], datetime], has_time: Callable[[], bool]
    ) -> None:
        """Use one table.

        Args:
            dynamodb: boto3's client.
            table_name: the idempotency table.
            now: the clock.
            has_time: returns whether there is time for one more call.
        """
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._now = now
        self._has_time = has_time

    def _expiration(self) -> dict[str, str]:
        """Return when an item that is written now expires."""
        return {"N": str(int((self._now() + _KEPT).timestamp()))}

    def _call(self, operation: str, key: str, **request: Any) -> dict[str, Any] | str | None:
        """Call DynamoDB if there is time; its code where it refused, and None where there is no time."""
        if not self._has_time():
            return None
        try:
            response: dict[str, Any] = (
                getattr(self._dynamodb, operation)(TableName=self._table_name, Key={"id": {"S": key}}, **request) or {}
            )
        except aws_exceptions() as error:
            from lambdas.common.clients.aws_errors import failure_of  # the table answers most calls

            return failure_of(error, "dynamodb:UpdateItem").code
        return response
