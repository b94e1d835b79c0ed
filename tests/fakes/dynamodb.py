"""DynamoDB in memory, as far as Powertools' idempotency, the notes of begins and those about destinations use it.

Beside the idempotency table it has the table of causes, whose keys have two parts.

The condition is that of `DynamoDBPersistenceLayer._put_record` in aws-lambda-powertools. The item size limit is from
the Developer Guide, "Quotas in Amazon DynamoDB".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import eq, ge, gt, le, lt
from typing import Any

from botocore.exceptions import ClientError

from schemas.destinations import Route
from schemas.wire import timestamp
from tests.fakes.service import FakeService, client_error

MAX_ITEM_BYTES = 409_600
_CLAUSE = re.compile(r"\b(ADD|DELETE|REMOVE|SET) ")
_COMPARISONS = {"<": lt, "<=": le, "=": eq, ">=": ge, ">": gt}
_COMMA = re.compile(r",(?![^(]*\))")
_EXISTS = re.compile(r"attribute_(not_)?exists\((#\w+)\)")
_PLACEHOLDER = re.compile(r"[#:]\w+")
_UNLESS = re.compile(r"if_not_exists\((#\w+), (:\w+)\)")


@dataclass(kw_only=True)
class FakeDynamoDb(FakeService):
    """One table. Items expire by the machine's clock, which Powertools uses to write them."""

    name: str = "taly-done"
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys_a_call: int = 100
    """Keys that `batch_get_item` reads in one call; it leaves the others unprocessed."""

    causes_name: str = "taly-causes"
    causes: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """The items of the table of causes by service and fingerprint."""

    causes_a_page: int = 100
    """Items that `scan` reads in one call."""

    def put_item(self, **request: Any) -> None:
        """Put an item; with a condition, only if there is none, or an expired one."""
        with self.called("put_item", request):
            if request["TableName"] == self.causes_name:
                self._put_cause(request)
                return
            self._require_name(request)
            item = request["Item"]
            existing = self.items.get(item["id"]["S"])
            if existing and "ConditionExpression" in request and not _expired(existing):
                error = client_error("ConditionalCheckFailedException", "PutItem")
                error.response["Item"] = existing  # type: ignore[typeddict-unknown-key]  # only PutItem has it
                raise error
            self._keep(item)

    def scan(self, **request: Any) -> dict[str, Any]:
        """Read the table of causes, a page a call."""
        with self.called("scan", request):
            assert request["TableName"] == self.causes_name
            start = request.get("ExclusiveStartKey")
            keys = sorted(self.causes)
            begin = keys.index((start["service"]["S"], start["fingerprint"]["S"])) + 1 if start else 0
            page = keys[begin : begin + self.causes_a_page]
            more = {"service": {"S": page[-1][0]}, "fingerprint": {"S": page[-1][1]}} if page else {}
            return {
                "Items": [dict(self.causes[key]) for key in page],
                **({"LastEvaluatedKey": more} if keys[begin + self.causes_a_page :] else {}),
            }

    def get_item(self, **request: Any) -> dict[str, Any]:
        with self.called("get_item", request):
            self._require_name(request)
            item = self.items.get(request["Key"]["id"]["S"])
            return {"Item": dict(item)} if item else {}

    def update_item(self, **request: Any) -> dict[str, Any]:
        with self.called("update_item", request):
            self._require_name(request)
            item = dict(self.items.get(request["Key"]["id"]["S"]) or request["Key"])
            names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
            used = set(_PLACEHOLDER.findall(request["UpdateExpression"] + " " + request.get("ConditionExpression", "")))
            assert used == {*names, *values}, "ValidationException: names or values that are unused, or not given"
            _require(item, request.get("ConditionExpression", ""), names, values)
            _, *clauses = _CLAUSE.split(request["UpdateExpression"])
            for verb, changes in zip(clauses[::2], clauses[1::2], strict=True):
                for change in _COMMA.split(changes.strip()):
                    _change(item, verb, change.strip(), names, values)
            self._keep(item)
            return {"Attributes": dict(item)} if request.get("ReturnValues") == "ALL_NEW" else {}

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        with self.called("batch_get_item", request):
            ((table, asked),) = request["RequestItems"].items()
            self._require_name({"TableName": table})
            keys = [key["id"]["S"] for key in asked["Keys"]]
            assert 0 < len(keys) == len(set(keys)) <= 100, "ValidationException: keys"
            found = [dict(self.items[key]) for key in keys[: self.keys_a_call] if key in self.items]
            left = asked["Keys"][self.keys_a_call :]
            return {"Responses": {table: found}, "UnprocessedKeys": {table: {"Keys": left}} if left else {}}

    def delete_item(self, **request: Any) -> None:
        with self.called("delete_item", request):
            self._require_name(request)
            self.items.pop(request["Key"]["id"]["S"], None)

    def note_failure(self, route: Route, *, since: datetime, why: str = "it answered 503", to_do: str = "") -> None:
        """Keep the item of a route that fails, as functions note it, for the last time now."""
        times = {"failing_since": timestamp(since), "failed_at": timestamp(self.clock.now())}
        texts = {name: {"S": text} for name, text in {**times, "why": why, "remedy": to_do}.items()}
        self.items.setdefault(route.health_key, {"id": {"S": route.health_key}}).update(texts)

    def note_success(self, route: Route) -> None:
        """Keep the item of a route that works, as functions note it."""
        item = self.items.setdefault(route.health_key, {"id": {"S": route.health_key}})
        for name in ("failing_since", "why", "remedy"):
            item.pop(name, None)
        item["succeeded_at"] = {"S": timestamp(self.clock.now())}

    def note_expired(self, route: Route, count: int) -> None:
        """Keep how many messages expired while they waited for a route."""
        self.items[route.health_key]["expired"] = {"N": str(count)}

    def _put_cause(self, request: Mapping[str, Any]) -> None:
        item = request["Item"]
        key = item["service"]["S"], item["fingerprint"]["S"]
        existing = self.causes.get(key, {})
        try:
            _require(
                existing,
                request["ConditionExpression"],
                request["ExpressionAttributeNames"],
                request.get("ExpressionAttributeValues", {}),
            )
        except ClientError as error:
            if existing and request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
                error.response["Item"] = dict(existing)  # type: ignore[typeddict-unknown-key]  # not every error has it
            raise
        self.causes[key] = dict(item)

    def _require_name(self, request: Mapping[str, Any]) -> None:
        assert request["TableName"] == self.name

    def _keep(self, item: dict[str, Any]) -> None:
        size = sum(len(name) + len(str(*value.values()).encode()) for name, value in item.items())
        assert size <= MAX_ITEM_BYTES, "ValidationException: item size has exceeded the maximum allowed size"
        self.items[item["id"]["S"]] = item


def _change(item: dict[str, Any], verb: str, change: str, names: Mapping[str, str], values: Mapping[str, Any]) -> None:
    if verb == "REMOVE":
        item.pop(names[change], None)
        return
    if verb == "SET":
        place, _, value = change.partition(" = ")
        unless = _UNLESS.fullmatch(value)
        item[names[place]] = item.get(names[unless[1]], values[unless[2]]) if unless else values[value]
        return
    place, value = change.split()
    given, name = values[value], names[place]
    if "N" in given:
        item[name] = {"N": str(int(item.get(name, {"N": "0"})["N"]) + int(given["N"]))}
        return
    before = set(item.pop(name, {"SS": ()})["SS"])
    after = before | set(given["SS"]) if verb == "ADD" else before - set(given["SS"])
    if after:  # DynamoDB keeps no empty set
        item[name] = {"SS": sorted(after)}


def _require(item: dict[str, Any], condition: str, names: Mapping[str, str], values: Mapping[str, Any]) -> None:
    """Require a condition of functions and comparisons; AND binds closer than OR, and there are no brackets."""
    if condition and not any(
        all(_meets(item, part, names, values) for part in group.split(" AND ")) for group in condition.split(" OR ")
    ):
        raise client_error("ConditionalCheckFailedException", "UpdateItem")


def _meets(item: dict[str, Any], part: str, names: Mapping[str, str], values: Mapping[str, Any]) -> bool:
    """Whether an item meets a part of a condition; a missing attribute, or one of another type, meets no comparison."""
    if exists := _EXISTS.fullmatch(part):
        return (names[exists[2]] in item) is not bool(exists[1])
    name, comparison, value = part.split()
    ((type_, found),), ((wanted_type, wanted),) = item.get(names[name], {"": ""}).items(), values[value].items()
    if type_ != wanted_type:
        return False
    if type_ == "N":
        found, wanted = float(found), float(wanted)
    return bool(_COMPARISONS[comparison](found, wanted))


def _expired(item: Mapping[str, Any]) -> bool:
    now = datetime.now(UTC).timestamp()
    if float(item["expiration"]["N"]) < now:
        return True
    return item["status"]["S"] == "INPROGRESS" and float(item["in_progress_expiration"]["N"]) < now * 1000
