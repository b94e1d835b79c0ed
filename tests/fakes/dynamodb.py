"""DynamoDB in memory, as far as Powertools' idempotency and the notes of begins use it.

The condition is that of `DynamoDBPersistenceLayer._put_record` in aws-lambda-powertools. The item size limit is from
the Developer Guide, "Quotas in Amazon DynamoDB".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fakes.service import FakeService, client_error

MAX_ITEM_BYTES = 409_600


@dataclass(kw_only=True)
class FakeDynamoDb(FakeService):
    """One table. Items expire by the machine's clock, which Powertools uses to write them."""

    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys_a_call: int = 100
    """Keys that `batch_get_item` reads in one call; it leaves the others unprocessed."""

    def put_item(self, **request: Any) -> None:
        """Put an item; with a condition, only if there is none, or an expired one."""
        with self.called("put_item", request):
            _is_our_table(request)
            item = request["Item"]
            existing = self.items.get(item["id"]["S"])
            if existing and "ConditionExpression" in request and not _expired(existing):
                error = client_error("ConditionalCheckFailedException", "PutItem")
                error.response["Item"] = existing  # type: ignore[typeddict-unknown-key]  # only PutItem has it
                raise error
            self._keep(item)

    def update_item(self, **request: Any) -> dict[str, Any]:
        with self.called("update_item", request):
            _is_our_table(request)
            names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
            set_change, _, changed = request["UpdateExpression"].partition("SET ")
            item = self.items.setdefault(request["Key"]["id"]["S"], dict(request["Key"]))
            if set_change:
                verb, name, value = set_change.split()
                before, given = set(item.pop(names[name], {"SS": ()})["SS"]), set(values[value]["SS"])
                after = {"ADD": before | given, "DELETE": before - given}[verb]
                if after:  # DynamoDB keeps no empty set
                    item[names[name]] = {"SS": sorted(after)}
            for part in filter(None, changed.split(", ")):
                name, value = part.split(" = ")
                item[names[name]] = values[value]
            self._keep(item)
            return {"Attributes": dict(item)} if request.get("ReturnValues") == "ALL_NEW" else {}

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        with self.called("batch_get_item", request):
            ((table, asked),) = request["RequestItems"].items()
            _is_our_table({"TableName": table})
            keys = [key["id"]["S"] for key in asked["Keys"]]
            assert 0 < len(keys) == len(set(keys)) <= 100, "ValidationException: keys"
            found = [dict(self.items[key]) for key in keys[: self.keys_a_call] if key in self.items]
            left = asked["Keys"][self.keys_a_call :]
            return {"Responses": {table: found}, "UnprocessedKeys": {table: {"Keys": left}} if left else {}}

    def delete_item(self, **request: Any) -> None:
        with self.called("delete_item", request):
            _is_our_table(request)
            self.items.pop(request["Key"]["id"]["S"], None)

    def _keep(self, item: dict[str, Any]) -> None:
        size = sum(len(name) + len(str(*value.values()).encode()) for name, value in item.items())
        assert size <= MAX_ITEM_BYTES, "ValidationException: item size has exceeded the maximum allowed size"
        self.items[item["id"]["S"]] = item


def _is_our_table(request: Mapping[str, Any]) -> None:
    assert request["TableName"] == "taly-done"


def _expired(item: Mapping[str, Any]) -> bool:
    now = datetime.now(UTC).timestamp()
    if float(item["expiration"]["N"]) < now:
        return True
    return item["status"]["S"] == "INPROGRESS" and float(item["in_progress_expiration"]["N"]) < now * 1000
