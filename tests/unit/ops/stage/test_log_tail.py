"""Log groups that are followed: each event once, with or without event ids."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops.stage.log_groups import LogGroups, LogTail

NOON = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)


@dataclass
class Logs:
    """A fake of CloudWatch Logs, or of the emulator, which gives no event ids."""

    has_ids: bool
    events: list[dict[str, Any]] = field(default_factory=list)

    def say(self, seconds: float, *lines: str, group: str = "mail") -> None:
        at_ms = int((NOON + timedelta(seconds=seconds)).timestamp() * 1000)
        for line in lines:
            event_id = {"eventId": str(len(self.events))} if self.has_ids else {}
            event = {"group": group, "logStreamName": "s1", "timestamp": at_ms, "message": line}
            self.events.append({**event, **event_id})

    # The names are boto3's.
    def filter_log_events(self, logGroupName: str, startTime: int, filterPattern: str) -> dict[str, Any]:  # noqa: N803
        found = [each for each in self.events if each["group"] == logGroupName and each["timestamp"] >= startTime]
        return {"events": [each for each in found if filterPattern in each["message"]]}


@pytest.fixture(params=[True, False], ids=["with ids", "without ids"])
def logs(request: pytest.FixtureRequest) -> Logs:
    return Logs(has_ids=request.param)


def test_new_and_late_events_are_returned_once(logs: Logs) -> None:
    tail = LogTail(LogGroups(logs), since=NOON, now=lambda: NOON + timedelta(seconds=30))
    logs.say(-1, "before")
    logs.say(20, "a", "a", "b")

    first = tail.read({"mail": "mail"})
    logs.say(16, "late")
    logs.say(20, "a")
    logs.say(30, "a")
    second, third = tail.read({"mail": "mail"}), tail.read({"mail": "mail"})

    assert [event.text for event in first] == ["a", "a", "b"]
    assert sorted(event.text for event in second) == ["a", "a", "late"]
    assert third == []


def test_a_group_added_later_is_read_from_the_beginning(logs: Logs) -> None:
    tail = LogTail(LogGroups(logs), since=NOON, now=lambda: NOON + timedelta(hours=1))
    logs.say(1, "a mail")
    logs.say(1, "a text", group="sms")

    mail, both = tail.read({"mail": "mail"}), tail.read({"mail": "mail", "sms": "sms"})

    assert [(event.group, event.stream, event.text) for event in mail + both] == [
        ("mail", "s1", "a mail"),
        ("sms", "s1", "a text"),
    ]
