"""The thinnest function behind a queue: it parses each body and prints its id."""

import json
from typing import Any


def handler(event: Any, _context: Any) -> None:
    """Parse and print each record of a batch."""
    for record in event["Records"]:
        print(json.loads(record["body"])["id"])  # noqa: T201 the only effect
