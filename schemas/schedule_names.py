"""Names of schedules: business keys converted to names that EventBridge Scheduler accepts."""

import hashlib
import re

_LONGEST_SCHEDULE_NAME = 64
"""EventBridge Scheduler, CreateSchedule: 1 to 64 characters of `0-9a-zA-Z-_.`."""


def schedule_name(key: str) -> str:
    """Return the unique schedule name for a business key such as `reminder/7d1f0a52-…/9b2d0c1e-…/24h`.

    Raises:
        ValueError: the key has other characters than letters, digits, `_` and `-` in parts separated by slashes.
    """
    if not re.fullmatch("[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", key):
        raise ValueError(f"{key!r} is no schedule key: it takes letters, digits, _ and -, with slashes between")
    name = key.replace("/", ".")
    if len(name) <= _LONGEST_SCHEDULE_NAME:
        return name
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"{name[: _LONGEST_SCHEDULE_NAME - len(digest) - 2]}..{digest}"
