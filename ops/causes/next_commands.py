"""The commands that help with a cause: its remedy's first, then those about its cards."""

from collections.abc import Iterator
from contextlib import suppress

from schemas.advice import Advice, Remedy, advice_on
from schemas.causes import Cause, CauseState
from schemas.reasons import Reason


def advice_about(cause: Cause) -> Advice | None:
    """Return the meaning of a cause's reason and the next step; None where the reason is unknown to this version."""
    with suppress(ValueError):
        return advice_on(Reason(cause.reason), cause.service, cause.error)
    return None


def next_commands(cause: Cause, stage: str) -> Iterator[tuple[str, str]]:
    """Yield what each command does, and the command, as it can be pasted into a shell."""
    if advice := advice_about(cause):
        redrive = f"taly-async redrive {cause.service} --cause {cause.fingerprint} --stage {stage}"
        yield advice.to_do, redrive if advice.remedy is Remedy.REDRIVE else "taly-async validate message.json"
    own = f"{cause.fingerprint} --type {cause.service}"
    if cause.state is CauseState.OPEN:
        yield "No card until it has grown tenfold:", f"taly-async cause ack {own} --stage {stage}"
        yield "No card until a time:", f"taly-async cause snooze {own} 4h --stage {stage}"
    if cause.state not in {CauseState.OVER, CauseState.RESOLVED}:
        yield "Once it is fixed:", f'taly-async cause resolve {own} --comment "how it was fixed" --stage {stage}'
    yield (
        "Its dead letters one by one:",
        f"taly-async dead-letters list --each --type {cause.service} --cause {cause.fingerprint} --stage {stage}",
    )
