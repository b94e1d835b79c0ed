"""The card of messages in the alerts queue that are neither an alert nor an alarm."""

from collections.abc import Iterator, Mapping, Sequence

from lambdas.slack_notifier.alerts.causes import MAX_IDS
from lambdas.slack_notifier.alerts.digest import AlikeMessages, interleave
from lambdas.slack_notifier.alerts.parsing import Unreadable
from lambdas.slack_notifier.cards.card import Card, CardKind, Code, Notice, Sentence, Step, counted
from lambdas.slack_notifier.cards.pages import pages
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.slack.block_kit import fits

_SHOWN_IDS = 5

_EXPLANATION = (
    "These messages are neither alerts of dead letters nor alarms, so their text is shown, redacted. Once this card is "
    "posted they are deleted from the alerts queue. The whole text of an alarm is in the email that its topic "
    "sent; the dead letters that an event is about are in their queues."
)
_TO_DO = (
    "Check who may send to the alerts queue, and whether the notifier is older than the functions that publish "
    "`system.dead_lettered`. Check the dead-letter queues meanwhile."
)


def unreadable(forms: Mapping[Unreadable, AlikeMessages], location: StageLocation) -> Iterator[Notice]:
    """The cards of unreadable messages: for each form, why it could not be read, a redacted excerpt, and the ids."""
    for page in pages(forms.items(), lambda page: fits([_item(form, found) for form, found in page])):
        yield _notice(page, location)


def _notice(page: Sequence[tuple[Unreadable, AlikeMessages]], location: StageLocation) -> Notice:
    count = sum(len(found.handles) for _, found in page)
    title = f"{location.stage}: {counted(count, 'alert')} could not be read"
    card = Card(
        title=f"⚪ {title}",
        summary=title,
        paragraphs=[(_EXPLANATION,)],
        items=[_item(form, found) for form, found in page],
        steps=[Step((_TO_DO,))],
        links=[location.dashboard()],
    )
    return Notice(
        kind=CardKind.UNREADABLE,
        card=card,
        handles=[handle for _, found in page for handle in found.handles],
        count=count,
        ids=interleave([found.ids for _, found in page], MAX_IDS),
    )


def _item(form: Unreadable, found: AlikeMessages) -> Sentence:
    shown = found.ids[:_SHOWN_IDS]
    ids = [part for message_id in shown for part in (", ", Code(message_id))][1:]
    others = len(found.handles) - len(shown)
    return *ids, f" and {others:,} more" if others else "", f": {form.reason}: ", Code(form.excerpt)
