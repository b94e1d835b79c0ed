"""The table of causes in memory, as far as the notifier and operators' tools use it."""

from dataclasses import dataclass, field
from typing import Any

from schemas.causes import FINGERPRINT, SERVICE, Cause, cause_in
from tests.fakes.service import FakeService, client_error

_IS_NEW = "attribute_not_exists(#key)"
_IS_READ = "#revision = :read"


@dataclass(kw_only=True)
class FakeCausesTable(FakeService):
    """One table of causes."""

    name: str
    items: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """By fingerprint and service."""

    page: int = 2
    """Items on each page of a scan."""

    @property
    def causes(self) -> list[Cause]:
        """All causes, in the order of their keys."""
        return [cause for _, item in sorted(self.items.items()) if (cause := cause_in(item))]

    def add(self, *causes: Cause) -> None:
        """Keep causes, whatever is there, as another process writes them."""
        for cause in causes:
            self.items[cause.fingerprint, cause.service] = cause.item()

    def scan(self, **request: Any) -> dict[str, Any]:
        with self.called("scan", request):
            assert request["TableName"] == self.name
            assert request["ConsistentRead"] is True
            keys = sorted(self.items)
            begin = keys.index(_key(request["ExclusiveStartKey"])) + 1 if "ExclusiveStartKey" in request else 0
            shown = keys[begin : begin + self.page]
            last = self.items[shown[-1]] if keys[begin + self.page :] else {}
            more = {"LastEvaluatedKey": {name: last[name] for name in (FINGERPRINT, SERVICE)}} if last else {}
            return {"Items": [dict(self.items[key]) for key in shown], **more}

    def put_item(self, **request: Any) -> dict[str, Any]:
        with self.called("put_item", request):
            assert request["TableName"] == self.name
            condition, item = request["ConditionExpression"], request["Item"]
            assert condition in {_IS_NEW, _IS_READ}, "ValidationException: this fake knows no such condition"
            there = self.items.get(_key(item))
            read = request.get("ExpressionAttributeValues", {}).get(":read")
            if there is not None if condition == _IS_NEW else (there or {}).get("revision") != read:
                error = client_error("ConditionalCheckFailedException", "PutItem")
                if there:
                    error.response["Item"] = there  # type: ignore[typeddict-unknown-key]  # only PutItem has it
                raise error
            self.items[_key(item)] = item
            return {}


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return item[FINGERPRINT]["S"], item[SERVICE]["S"]
