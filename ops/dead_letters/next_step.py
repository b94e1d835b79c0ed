"""The meaning of a dead letter's reason, and the command that helps."""

import re

from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import FoundDeadLetter
from schemas.advice import advice_on, is_undelivered
from schemas.reasons import Reason, Remedy
from schemas.wire import REFERENCE_PATTERN


def next_step(found: FoundDeadLetter, stage: str) -> str:
    """Return the meaning of its reason and the next command; empty where SQS itself moved it, without a reason."""
    dead_letter = found.dead_letter
    if not dead_letter.reason:
        return ""
    reason, error = Reason(dead_letter.reason), dead_letter.history_text("errorClass")
    advice = advice_on(reason, found.service, error)
    if advice.remedy is Remedy.DISCARD:
        command = "taly-async validate message.json"
    else:
        chosen = _endpoint(dead_letter) if is_undelivered(found.service, reason, error) else _cause(dead_letter)
        command = f"taly-async redrive {found.service} {chosen} --stage {stage}"
    return f"{advice.why} {advice.to_do} {command}"


def _cause(dead_letter: DeadLetter) -> str:
    return f"--cause {dead_letter.fingerprint or 'CAUSE'}"


def _endpoint(dead_letter: DeadLetter) -> str:
    """Filters for all webhooks to this one's endpoint; nothing has checked what the body says."""
    endpoint = dead_letter.endpoint_id if re.fullmatch(REFERENCE_PATTERN, dead_letter.endpoint_id) else "ENDPOINT"
    return f"--endpoint {endpoint} --tenant {dead_letter.company_id or 'TENANT'}"
