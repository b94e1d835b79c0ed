"""EventBridge in memory: a bus with its events, archive, rules and replays.

The limits are from the API reference (PutEvents, PutEventsRequestEntry) and the User Guide, "Calculating PutEvents
event entry size".
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.catalogue import ALERTS, BY_NAME
from tests.fakes.service import FakeService, Refuse, client_error, works

MAX_ENTRIES = 10
MAX_BYTES_EXCLUSIVE = 1_048_576
"""A PutEvents call must be smaller."""

MAX_REPLAY_NAME = 64

_ALERTS = {each.name for each in ALERTS}
_RULES_A_PAGE = 2
_BUS_ARN = "arn:aws:events:eu-central-1:123456789012:event-bus/{}"


@dataclass(kw_only=True)
class FakeEvents(FakeService):
    """One bus with its archive, rules and replays."""

    refuse: Refuse = works
    deliver: Callable[[Mapping[str, Any]], None] = lambda _entry: None
    """Called with each accepted event, in place of the bus's rules."""

    published: list[dict[str, Any]] = field(default_factory=list)
    """The accepted entries without alerts. Tests may remove some."""

    alerts: list[dict[str, Any]] = field(default_factory=list)
    """The accepted alerts about dead letters."""

    bus: str = "bus"
    archive: dict[str, Any] | None = field(default_factory=lambda: {"State": "ENABLED", "RetentionDays": 30})
    """The description of the archive, which has the bus's name; None if there is none."""

    types: tuple[str, ...] = tuple(BY_NAME)
    """Types with a rule; there are further rules for alerts and unrouted events."""

    replays: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """The successive descriptions of each replay, by name; the last one is repeated."""

    course: tuple[dict[str, Any], ...] = ({"State": "STARTING"},)
    """The successive descriptions of replays that are started."""

    started: list[dict[str, Any]] = field(default_factory=list)
    archived: list[dict[str, Any]] = field(default_factory=list)
    """Whole events in the archive, each with its `time` as a datetime."""

    replayed: Callable[[dict[str, Any]], None] = lambda _event: None
    """Called with each event that a replay puts on the bus, in place of the rules that the replay names."""

    def put_events(self, **request: Any) -> dict[str, Any]:
        with self.called("put_events", request):
            entries = request["Entries"]
            assert 1 <= len(entries) <= MAX_ENTRIES, "ValidationException: 1 to 10 entries"
            assert sum(map(_size, entries)) < MAX_BYTES_EXCLUSIVE, "ValidationException: total size of the entries"
            results: list[dict[str, str]] = []
            for entry in entries:
                assert not entry["Source"].startswith("aws."), "NotAuthorizedForSourceException"
                assert isinstance(json.loads(entry["Detail"]), dict), "MalformedDetail"
                if code := self.refuse("put_events", entry):
                    results.append({"ErrorCode": code, "ErrorMessage": "no"})
                    continue
                accepted = self.alerts if entry["DetailType"] in _ALERTS else self.published
                accepted.append(entry)
                self.deliver(entry)
                results.append({"EventId": f"event-{len(results)}"})
            return {"FailedEntryCount": sum("ErrorCode" in each for each in results), "Entries": results}

    def describe_event_bus(self, **request: str) -> dict[str, Any]:
        with self.called("describe_event_bus", request):
            if request["Name"] != self.bus:
                raise client_error("ResourceNotFoundException", "DescribeEventBus")
            return {"Arn": self.bus_arn}

    @property
    def bus_arn(self) -> str:
        return _BUS_ARN.format(self.bus)

    def describe_archive(self, **request: str) -> dict[str, Any]:
        with self.called("describe_archive", request):
            if self.archive is None or request["ArchiveName"] != self.bus:
                raise client_error("ResourceNotFoundException", "DescribeArchive")
            return {"ArchiveArn": f"archive {self.bus}", **self.archive}

    def list_rules(self, **request: str) -> dict[str, Any]:
        with self.called("list_rules", request):
            assert request["EventBusName"] == self.bus
            names = [each.replace(".", "-").replace("_", "-") for each in (*self.types, "alerts", "catch-all", "redo")]
            begin = int(request.get("NextToken", 0))
            end = begin + _RULES_A_PAGE
            rules = [{"Name": f"{self.bus}-{name}", "Arn": f"rule {self.bus}-{name}"} for name in names[begin:end]]
            return {"Rules": rules, **({"NextToken": str(end)} if end < len(names) else {})}

    def start_replay(self, **request: Any) -> None:
        with self.called("start_replay", request):
            self.started.append(request)
            name = request["ReplayName"]
            assert name not in self.replays, "ResourceAlreadyExistsException"
            assert len(name) <= MAX_REPLAY_NAME, "ValidationException: ReplayName"
            self.replays[name] = list(self.course)
            for event in self.archived:
                if request["EventStartTime"] <= event["time"] < request["EventEndTime"]:
                    self.replayed({**event, "time": event["time"].isoformat(), "replay-name": name})

    def list_replays(self, **request: str) -> dict[str, Any]:
        with self.called("list_replays", request):
            found = [name for name in self.replays if name.startswith(request["NamePrefix"])]
            begin = int(request.get("NextToken", 0))
            replays = [{"ReplayName": name, "State": self.replays[name][0]["State"]} for name in found[begin:][:1]]
            return {"Replays": replays, **({"NextToken": str(begin + 1)} if begin + 1 < len(found) else {})}

    def describe_replay(self, **request: str) -> dict[str, Any]:
        with self.called("describe_replay", request):
            descriptions = self._replay(request["ReplayName"], "DescribeReplay")
            return descriptions.pop(0) if len(descriptions) > 1 else descriptions[0]

    def cancel_replay(self, **request: str) -> dict[str, Any]:
        with self.called("cancel_replay", request):
            if self._replay(request["ReplayName"], "CancelReplay")[0]["State"] not in {"STARTING", "RUNNING"}:
                raise client_error("IllegalStatusException", "CancelReplay")
            return {"State": "CANCELLING"}

    def _replay(self, name: str, operation: str) -> list[dict[str, Any]]:
        if name not in self.replays:
            raise client_error("ResourceNotFoundException", operation)
        return self.replays[name]


def _size(entry: Mapping[str, Any]) -> int:
    """Bytes of an entry without time and resources."""
    return len(entry["Source"].encode()) + len(entry["DetailType"].encode()) + len(entry["Detail"].encode())
