"""The card of messages in the alerts queue that are neither an alert nor an alarm."""

from lambdas.slack_notifier.alerts.causes import MAX_IDS
from lambdas.slack_notifier.alerts.digest import UnreadableAlerts
from lambdas.slack_notifier.cards.card import Card, CardKind, Code, Notice, Step, counted
from lambdas.slack_notifier.cards.stage_location import StageLocation

_EXPLANATION = (
    "These messages are neither alerts of dead letters nor alarms. Once this card is posted they are deleted from the "
    "alerts queue."
)
_TO_DO = (
    "Check who may send to the alerts queue, and whether the notifier is older than the functions that publish "
    "`system.dead_lettered`. Check the dead-letter queues meanwhile."
)


def unreadable(alerts: UnreadableAlerts, location: StageLocation) -> Notice:
    """The card that lists unreadable messages by SQS's message id, with the reason and without their content."""
    title = f"{location.stage}: {counted(len(alerts.found), 'alert')} could not be read"
    card = Card(
        title=f"⚪ {title}",
        summary=title,
        paragraphs=[(_EXPLANATION,)],
        items=[(Code(message_id), f": {reason}") for message_id, reason in alerts.found],
        steps=[Step((_TO_DO,))],
        links=[location.dashboard()],
    )
    return Notice(
        kind=CardKind.UNREADABLE,
        card=card,
        handles=alerts.handles,
        count=len(alerts.found),
        ids=[message_id for message_id, _ in alerts.found[:MAX_IDS]],
    )
