"""The lower bound of a cold start with pydantic: the bare handler, and an unused import of pydantic."""

import json
import logging
import sys
from typing import Any

from pydantic import BaseModel

logging.basicConfig(level=logging.INFO, stream=sys.stdout)
_LOGGER = logging.getLogger(BaseModel.__name__)


def handler(event: Any, _context: Any) -> Any:
    """Parse and log each record of a batch."""
    for record in event["Records"]:
        message = json.loads(record["body"])
        _LOGGER.info("%s %s", message["type"], message["id"])
    return {"batchItemFailures": []}
