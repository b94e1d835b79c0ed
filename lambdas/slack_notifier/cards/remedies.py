"""The steps of a dead-letter card: whose turn it is, and the commands that help, the best one first."""

from collections.abc import Iterator

from lambdas.slack_notifier.alerts.causes import AlertCause
from lambdas.slack_notifier.cards.card import Step
from schemas.advice import SHOWN_BY_VALIDATE, advice_on, command, whose_turn


def steps(cause: AlertCause, stage: str) -> Iterator[Step]:
    """Yield the steps for the dead letters of a cause."""
    first = cause.first
    advice = advice_on(first.reason, first.service, first.error, cause.remedy)
    message_id = next(iter(cause.ids), "")
    helps = command(advice.remedy, first.service, first.fingerprint, stage=stage, message_id=message_id)
    yield Step((f"Whose turn: {whose_turn(advice.remedy, first.source)}. {advice.to_do}",), helps)
    if first.reason in SHOWN_BY_VALIDATE:
        yield Step(("To see what is wrong with a message, and the fixes:",), "taly-async validate message.json")
