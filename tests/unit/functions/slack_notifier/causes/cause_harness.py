"""A notifier whose minutes bring dead letters, and operators who decide about their causes."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ops.causes.decisions import acknowledged, resolved, snoozed
from schemas.causes import Cause, cause_in
from tests.unit.functions.slack_notifier.slack_fakes import NotifierHarness, dead_lettered, shown

ADA = "arn:aws:sts::123456789012:assumed-role/Admin/ada"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
KEY = ("email.send", "c83d68dfbef7")


class CauseHarness(NotifierHarness):
    """A notifier whose minutes bring dead letters, and what operators do to its table of causes."""

    def minutes(self, count: int, *, causes: int = 1, each: int = 1) -> None:
        """Run so many minutes, each with dead letters of so many causes."""
        for _ in range(count):
            for number in range(causes):
                self.dead_letter(number, count=each)
            self.run()

    def silence(self, time: timedelta) -> None:
        """Run each minute of a time without a dead letter."""
        for _ in range(round(time / MINUTE)):
            self.run()

    def dead_letter(self, cause: int = 0, **changes: Any) -> None:
        self.alerts = getattr(self, "alerts", 0) + 1
        about = {"fingerprint": f"{cause:012x}"} if cause else {}
        self.send(dead_lettered(self.alerts, at=self.clock.now(), **about | changes))

    @property
    def cause(self) -> Cause:
        cause = cause_in(self.dynamodb.causes[KEY])
        assert cause
        return cause

    def decide(self, decision: Callable[[Cause], Cause]) -> None:
        """Let an operator decide about the cause."""
        self.dynamodb.causes[KEY] = decision(self.cause).item()

    def acknowledge(self) -> None:
        self.decide(lambda cause: acknowledged(cause, by=ADA, comment="mine", now=self.clock.now()))

    def snooze(self, time: timedelta) -> None:
        now = self.clock.now()
        self.decide(lambda cause: snoozed(cause, until=now + time, by=ADA, comment="later", now=now))

    def resolve(self, version: str = "") -> None:
        self.decide(lambda cause: resolved(cause, version=version, by=ADA, comment="fixed", now=self.clock.now()))

    @property
    def totals(self) -> list[int]:
        """The fact `Messages` of each card."""
        found = (re.search(r"\*Messages\*\n([0-9,]+)", shown(payload)) for payload in self.slack.posted)
        return [int(each[1].replace(",", "")) for each in found if each]

    @property
    def words(self) -> list[str]:
        """The first word of each card's title."""
        return [header.split(": ")[1] for header in self.headers]
