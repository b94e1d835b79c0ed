"""The local stage's own rules, read from cdk.json: the functions go by them, so what they do can be foretold."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from local.emulator.deployment import STAGE
from ops.checkout import ROOT

_DURATIONS = TypeAdapter(tuple[timedelta, ...])


@dataclass(frozen=True, slots=True)
class Rules:
    """When what is scheduled is due."""

    reminder_leads: tuple[timedelta, ...]
    """How long before an appointment its customer is reminded."""

    dunning: tuple[timedelta, ...]
    """How long after a payment's first declined attempt, its second and so on, it is tried again."""

    @classmethod
    def of(cls, stage: Mapping[str, Any]) -> "Rules":
        """Read them from a stage's settings."""
        return cls(
            reminder_leads=_DURATIONS.validate_python(stage["reminder_leads"]),
            dunning=_DURATIONS.validate_python(stage["dunning"]),
        )


def local_rules() -> Rules:
    """Those of the stage that is deployed here."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    return Rules.of(context["stages"][STAGE])
