"""`json.loads` of each body, and nothing else."""

import json
from collections.abc import Callable
from typing import Any


def make(subject: Any) -> Callable[[], object]:
    """Create the work."""
    bodies = [record["body"] for record in subject["event"]["Records"]]

    def work() -> None:
        for body in bodies:
            json.loads(body)

    return work
