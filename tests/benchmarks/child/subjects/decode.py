"""Decoding of each body as in a function."""

import sys
from collections.abc import Callable
from typing import Any

from schemas.catalogue import BY_NAME
from schemas.decoding import decode
from schemas.problems import Refusal


def make(subject: Any) -> Callable[[], object]:
    """Create the work."""
    event_type, bodies = BY_NAME[subject["type"]], [record["body"] for record in subject["event"]["Records"]]

    def catalogue() -> Any:
        return BY_NAME

    def work() -> None:
        for body in bodies:
            if isinstance(decode(body, event_type, catalogue=catalogue), Refusal):
                sys.exit(f"a valid {event_type.name} was refused")

    return work
