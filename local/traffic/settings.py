"""The local stage's schedule settings from cdk.json, which the functions use too: they determine what is expected."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from local.emulator.deployment import STAGE
from ops.terminal.checkout import ROOT

_DURATIONS = TypeAdapter(tuple[timedelta, ...])


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """The times of scheduled messages."""

    reminder_leads: tuple[timedelta, ...]
    """How long before an appointment its reminders are due."""

    dunning: tuple[timedelta, ...]
    """How long after each declined attempt a payment is retried, beginning with the first."""

    @classmethod
    def of(cls, stage: Mapping[str, Any]) -> "ScheduleSettings":
        """Read them from a stage's settings."""
        return cls(
            reminder_leads=_DURATIONS.validate_python(stage["reminder_leads"]),
            dunning=_DURATIONS.validate_python(stage["dunning"]),
        )


def local_settings() -> ScheduleSettings:
    """The schedule settings of the local stage."""
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    return ScheduleSettings.of({**context["defaults"], **context["stages"][STAGE]})
