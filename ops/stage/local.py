"""The local stage that is left running, found by what its supervisor leaves in the checkout.

The supervisor (`local/supervision/supervisor.py`) holds a lock for as long as it lives, however it ends; so a state
file without a held lock is stale.
"""

import fcntl
import json
from dataclasses import dataclass

from ops.checkout import BUILD

LOCK = BUILD / "supervisor.lock"
STATE = BUILD / "running.json"


@dataclass(frozen=True, slots=True)
class Running:
    """The addresses of a stage that is left running."""

    endpoint_url: str
    ingress_queue_url: str
    event_bus_name: str
    crm_base_url: str
    webhooks_base_url: str
    slack_base_url: str
    folder: str
    is_as_promised: bool = True
    """Whether all was as promised in what happened on it before it was left alone."""


def running() -> Running | None:
    """What is known of the stage that is left running; None where there is none, or it only starts or stops."""
    return state() if is_held() else None


def is_held() -> bool:
    """Whether a supervisor lives."""
    try:
        with LOCK.open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def state() -> Running | None:
    """What the last supervisor wrote of its stage; None where it has written nothing, or taken it back."""
    try:
        return Running(**json.loads(STATE.read_text()))
    except FileNotFoundError:
        return None
