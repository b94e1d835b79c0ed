"""The steps of a dead-letter card: whose turn it is, and the commands that help, the best one first."""

from collections.abc import Iterator

from lambdas.slack_notifier.cards.card import Step
from lambdas.slack_notifier.causes.report import CauseReport
from schemas.advice import SHOWN_BY_VALIDATE, Advice, advice_on, command, whose_turn
from schemas.causes import Cause
from schemas.reasons import Reason, Remedy


def advice_about(cause: Cause) -> Advice:
    """Return the advice on a cause; one of a newer version's reason counts as a permanent failure."""
    reason = Reason(cause.reason) if cause.reason in {*Reason} else Reason.PERMANENT
    return advice_on(reason, cause.service, cause.error, Remedy(cause.remedy) if cause.remedy in {*Remedy} else None)


def steps(report: CauseReport, stage: str) -> Iterator[Step]:
    """Yield the steps for the dead letters of a cause."""
    cause, ids = report.cause, report.alerts.ids if report.alerts else ()
    advice = advice_about(cause)
    message_id = next(iter(ids), "")
    helps = command(advice.remedy, cause.service, cause.fingerprint, stage=stage, message_id=message_id)
    yield Step((f"Whose turn: {whose_turn(advice.remedy, cause.source)}. {advice.to_do}",), helps)
    if cause.reason in SHOWN_BY_VALIDATE:
        yield Step(("To see what is wrong with a message, and the fixes:",), "taly-async validate message.json")
