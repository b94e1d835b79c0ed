"""The card of what lies in the alerts queue and is neither an alert nor an alarm."""

from lambdas.slack_notifier.alerts.causes import NAMED
from lambdas.slack_notifier.alerts.digest import UnreadableAlerts
from lambdas.slack_notifier.cards.card import Card, CardKind, Code, Notice, Step, counted
from lambdas.slack_notifier.cards.stage_location import StageLocation

_WHAT = "What came is neither an alert of dead letters nor an alarm. It is taken off the alerts queue with this card."
_TO_DO = (
    "See who may send to the alerts queue, and whether this function is older than those that publish "
    "`system.dead_lettered`. Look into the dead-letter queues meanwhile."
)


def unreadable(alerts: UnreadableAlerts, place: StageLocation) -> Notice:
    """Which, by SQS's message ids, and why; never what stands in them."""
    title = f"{place.stage}: {counted(len(alerts.found), 'alert')} could not be read"
    card = Card(
        title=f"⚪ {title}",
        brief=title,
        paragraphs=[(_WHAT,)],
        items=[(Code(message_id), f": {why}") for message_id, why in alerts.found],
        steps=[Step((_TO_DO,))],
        links=[place.dashboard()],
    )
    return Notice(
        kind=CardKind.UNREADABLE,
        card=card,
        handles=alerts.handles,
        count=len(alerts.found),
        ids=[message_id for message_id, _ in alerts.found[:NAMED]],
    )
