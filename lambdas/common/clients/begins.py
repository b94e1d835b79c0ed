"""Note that a message begins which came back, so that a process that then ends is known to have begun it.

SQS's receive count says less: it also counts deliveries that Lambda throttled, or whose function could not start.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from lambdas.common.clients.aws import aws_exceptions
from lambdas.common.clients.outbox import RefusedEntry, refused
from schemas.identity import REMEMBERED_DAYS

_SECONDS = REMEMBERED_DAYS * 24 * 3600


class Begins(NamedTuple):
    """The noted begins of one message."""

    times: int
    """How often it began, this time included."""

    was_read: bool
    """Whether its body was read once, so that reading it ends no process."""

    @property
    def crashes(self) -> int:
        """Begins before this one. Each was followed by no outcome, or the message would not have come back."""
        return self.times - 1


class _DynamoDbClient(Protocol):
    """The method of boto3's DynamoDB client that this module calls."""

    @property
    def update_item(self) -> Callable[..., Any]: ...


class BeginNotes:
    """The notes of one function, in the stage's idempotency table; they expire as its other records do."""

    def __init__(self, dynamodb: _DynamoDbClient, table_name: str, service: str) -> None:
        """Note under this function's name, its type or `queue_processor`: its role may write no others."""
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._service = service

    def begin(self, message_id: str, receipt_handle: str, now: datetime) -> Begins | RefusedEntry:
        """Note one more begin of an SQS message, before its body is read. Return the table's refusal, if any.

        The receipt handle, which no other delivery has, names the begin. So it counts once, even where the AWS SDK
        sends the request a second time because no response came.
        """
        noted = self._update(
            message_id,
            "ADD #begun :begin SET #expiration = :expiration",
            {"#begun": "begun", "#expiration": "expiration"},
            {":begin": {"SS": [receipt_handle]}, ":expiration": {"N": str(int(now.timestamp()) + _SECONDS)}},
        )
        if isinstance(noted, RefusedEntry):
            return noted
        return Begins(len(noted["begun"]["SS"]), was_read="was_read" in noted)

    def read(self, message_id: str) -> None:
        """Note that the body was read. Without this note, a dead letter names no ids."""
        self._update(message_id, "SET #was_read = :true", {"#was_read": "was_read"}, {":true": {"BOOL": True}})

    def take_back(self, message_id: str, receipt_handle: str) -> None:
        """Take back a begin that spent no attempt, but comes back because SQS refused its copy."""
        self._update(message_id, "DELETE #begun :begin", {"#begun": "begun"}, {":begin": {"SS": [receipt_handle]}})

    def _update(
        self, message_id: str, expression: str, names: dict[str, str], values: dict[str, dict[str, Any]]
    ) -> dict[str, Any] | RefusedEntry:
        try:
            response = self._dynamodb.update_item(
                TableName=self._table_name,
                Key={"id": {"S": f"{self._service}#begun#{message_id}"}},
                UpdateExpression=expression,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        except aws_exceptions() as error:
            return refused(error, "dynamodb:UpdateItem")
        attributes: dict[str, Any] = response["Attributes"]
        return attributes
