"""Decoding of each body as in the ingress."""

import sys
from collections.abc import Callable
from typing import Any

from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.problems import Refusal


def make(subject: Any) -> Callable[[], object]:
    """Create the work."""
    bodies = [record["body"] for record in subject["event"]["Records"]]

    def work() -> None:
        for body in bodies:
            if isinstance(decode_strictly(body, catalogue=BY_NAME), Refusal):
                sys.exit("a valid message was refused")

    return work
