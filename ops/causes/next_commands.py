"""The commands that help with a cause: its remedy's first, then those about its cards."""

import shlex
from collections.abc import Iterator
from contextlib import suppress

from schemas.advice import Advice, advice_on, command
from schemas.causes import Cause, CauseState
from schemas.reasons import Reason, Remedy


def advice_about(cause: Cause) -> Advice | None:
    """Return the meaning of a cause's reason and the next step; None where the reason is unknown to this version."""
    remedy = None
    with suppress(ValueError):
        remedy = Remedy(cause.remedy)
    with suppress(ValueError):
        return advice_on(Reason(cause.reason), cause.service, cause.error, remedy)
    return None


def next_commands(cause: Cause, stage: str) -> Iterator[tuple[str, str]]:
    """Yield what each command does, and the command, as it can be pasted into a shell."""
    if advice := advice_about(cause):
        yield advice.to_do, command(advice.remedy, cause.service, cause.fingerprint, stage=stage)
    service = shlex.quote(cause.service)
    own = f"{cause.fingerprint} --type {service}"
    if cause.state is CauseState.OPEN:
        yield "No card until it has grown tenfold:", f"taly-async cause ack {own} --stage {stage}"
        yield "No card until a time:", f"taly-async cause snooze {own} 4h --stage {stage}"
    if cause.state not in {CauseState.OVER, CauseState.RESOLVED}:
        yield "Once it is fixed:", f'taly-async cause resolve {own} --comment "how it was fixed" --stage {stage}'
    yield (
        "Its dead letters one by one:",
        f"taly-async dead-letters list --each --type {service} --cause {cause.fingerprint} --stage {stage}",
    )
