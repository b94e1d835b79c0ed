"""The thinnest function behind a queue: it reads each body, says whose it was, and is done."""

import json
from typing import Any


def handler(event: Any, _context: Any) -> None:
    """Parse and print."""
    for record in event["Records"]:
        print(json.loads(record["body"])["id"])  # noqa: T201 it is all that it does
