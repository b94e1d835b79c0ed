"""The meaning of a dead letter's reason, whose turn it is, and the command that helps."""

import re

from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.remedies import is_customers, remedy_of, turn_by_name
from ops.dead_letters.search import FoundDeadLetter
from schemas.advice import advice_on, command
from schemas.reasons import Reason
from schemas.wire import REFERENCE_PATTERN


def next_step(found: FoundDeadLetter, stage: str) -> str:
    """Return why it is here, whose turn it is, and the next command.

    Empty where SQS itself moved it, without a reason: only its function's log says why.
    """
    dead_letter = found.dead_letter
    if not dead_letter.reason:
        return ""
    advice = advice_on(
        Reason(dead_letter.reason), found.service, dead_letter.history_text("errorClass"), dead_letter.stated_remedy
    )
    if is_customers(found):
        helps = f"taly-async redrive {found.service} {_endpoint(dead_letter)} --stage {stage}"
        return f"{advice.why} {advice.to_do} {helps}"
    return f"{advice.why} Whose turn: {turn_by_name(found)}. {advice.to_do} {helping_command(found, stage)}"


def helping_command(found: FoundDeadLetter, stage: str) -> str:
    """Return the command that carries out a dead letter's remedy for all of its cause."""
    dead_letter = found.dead_letter
    message_id = dead_letter.id or dead_letter.sqs_message_id
    cause = dead_letter.fingerprint or "CAUSE"
    return command(remedy_of(dead_letter), found.service, cause, stage=stage, message_id=message_id)


def _endpoint(dead_letter: DeadLetter) -> str:
    """Filters for all webhooks to this one's endpoint; nothing has checked what the body says."""
    endpoint = dead_letter.endpoint_id if re.fullmatch(REFERENCE_PATTERN, dead_letter.endpoint_id) else "ENDPOINT"
    return f"--endpoint {endpoint} --tenant {dead_letter.company_id or 'TENANT'}"
