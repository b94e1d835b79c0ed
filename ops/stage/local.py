"""The local stage that is running, found by the files of its supervisor in the checkout.

The supervisor (`local/supervision/supervisor.py`) holds a lock until its process ends, even by a kill. So a state
file without a held lock is stale.
"""

import fcntl
import json
from dataclasses import dataclass

from ops.terminal.checkout import BUILD

LOCK = BUILD / "supervisor.lock"
STATE = BUILD / "running.json"


@dataclass(frozen=True, slots=True)
class Running:
    """The addresses of the local stage that is running."""

    endpoint_url: str
    ingress_queue_url: str
    event_bus_name: str
    crm_base_url: str
    webhooks_base_url: str
    slack_base_url: str
    mails_base_url: str
    """The mailbox, and below it the text messages."""

    folder: str
    is_as_promised: bool = True
    """Whether the demonstration that ran on the stage met all its expectations; true if none ran."""


def running() -> Running | None:
    """The local stage that is running; None if there is none, or if it is starting or stopping."""
    return state() if is_held() else None


def is_held() -> bool:
    """Whether a supervisor is running."""
    try:
        with LOCK.open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def state() -> Running | None:
    """The last state that a supervisor wrote; None if there is none, or if the supervisor has removed it."""
    try:
        return Running(**json.loads(STATE.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
