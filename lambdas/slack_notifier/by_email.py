"""The digest as one mail, while Slack is off. Alarms are not in it: their topic mails them by itself."""

from collections.abc import Sequence
from typing import Any

from lambdas.slack_notifier.cards.card import Notice, counted
from lambdas.slack_notifier.cards.plain_text import text

_LONGEST_SUBJECT = 100
"""Characters, ASCII (SNS, Publish: Subject)."""

_RULE = "\n\n" + "=" * 100 + "\n\n"


def send(sns: Any, topic_arn: str, told: Sequence[Notice], *, stage: str) -> None:
    """Send one mail with all cards. Raises what boto3 raises."""
    sns.publish(TopicArn=topic_arn, Subject=subject(told, stage=stage), Message=body(told))


def subject(told: Sequence[Notice], *, stage: str) -> str:
    """What a list of mails shows."""
    what = told[0].card.brief.removeprefix(f"{stage}: ")
    others = f" (and {len(told) - 1:,} more)" if len(told) > 1 else ""
    ascii_only = f"[{stage}] {what}".encode("ascii", errors="replace").decode()
    room = _LONGEST_SUBJECT - len(others)
    return (ascii_only if len(ascii_only) <= room else f"{ascii_only[: room - 3]}...") + others


def body(told: Sequence[Notice]) -> str:
    """All cards, one below the other."""
    why = (
        f"This came by mail, {counted(len(told), 'card')} in one, because Slack does not take it: it is off, as no "
        "incoming webhook's URL is in its secret, or it refused the card. The runbook says how to set it up."
    )
    return _RULE.join([why, *(text(each.card) for each in told)]) + "\n"
