"""The digest as one email, for when Slack is off. It leaves out alarms: their SNS topic sends those by email."""

from collections.abc import Sequence
from typing import Any

from lambdas.slack_notifier.cards.card import Notice, counted
from lambdas.slack_notifier.cards.plain_text import text

_MAX_SUBJECT = 100
"""Characters, ASCII (SNS, Publish: Subject)."""

_MAX_BYTES = 200_000
"""Bytes of a text; SNS takes 262,144 with subject and attributes (SNS, Publish: Message)."""

_RULE = "\n\n" + "=" * 100 + "\n\n"


def send(sns: Any, topic_arn: str, notices: Sequence[Notice], *, stage: str) -> None:
    """Send these cards in one email. Raises what boto3 raises."""
    sns.publish(TopicArn=topic_arn, Subject=subject(notices, stage=stage), Message=body(notices))


def fits(notices: Sequence[Notice]) -> bool:
    """Whether SNS takes an email with these cards."""
    return len(body(notices).encode()) <= _MAX_BYTES


def subject(notices: Sequence[Notice], *, stage: str) -> str:
    """The subject line: the first card's summary and the number of other cards."""
    first = notices[0].card.summary.removeprefix(f"{stage}: ")
    others = f" (and {len(notices) - 1:,} more)" if len(notices) > 1 else ""
    ascii_only = f"[{stage}] {first}".encode("ascii", errors="replace").decode()
    room = _MAX_SUBJECT - len(others)
    return (ascii_only if len(ascii_only) <= room else f"{ascii_only[: room - 3]}...") + others


def body(notices: Sequence[Notice]) -> str:
    """The text: why it came by email, then all cards."""
    introduction = (
        f"This email replaces {counted(len(notices), 'Slack card')}. Either Slack is off, because its secret holds no "
        "incoming webhook's URL, or Slack refused the card. The runbook says how to set it up."
    )
    return _RULE.join([introduction, *(text(notice.card) for notice in notices)]) + "\n"
