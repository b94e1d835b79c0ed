"""The messages of the emulator's queues, shown without receiving them: the emulator has no metric of their age."""

import json
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

EMULATED_QUEUES = "emulated-queues"
"""Name by which stage `local` gives this client, as boto3's clients have one."""

_SECONDS = 5
"""Seconds that the emulator may take to answer."""


class EmulatedQueues:
    """Reads the emulator's page of messages. A receive would count as a try of the function."""

    def __init__(self, url: str, certificate: str | Path | None = None) -> None:
        """Read from the emulator at this address.

        Args:
            url: the emulator's address.
            certificate: the emulator's certificate (PEM) if it is called over TLS.
        """
        self._url = url
        trusted = ssl.create_default_context(cafile=certificate)
        self._direct = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted)
        )

    def oldest(self, queue_url: str) -> datetime | None:
        """Return when the oldest message of a queue that is due or in flight was sent.

        None: there is none, or the emulator does not say, as another one than ours may not.
        """
        try:
            with self._direct.open(
                f"{self._url}/_ministack/sqs/messages?{urlencode({'QueueUrl': queue_url})}", timeout=_SECONDS
            ) as answer:
                return oldest_of(json.load(answer))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None


def oldest_of(answer: Mapping[str, Any]) -> datetime | None:
    """Return when the oldest message of the emulator's answer was sent; delayed ones are not due yet."""
    sent = [
        int(each["Attributes"]["SentTimestamp"])
        for each in _messages(answer)
        if each["IsVisible"] or each["ReceiveCount"]
    ]
    return datetime.fromtimestamp(min(sent) / 1000, UTC) if sent else None


def _messages(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for regions in answer["messages"].values():
        for queues in regions.values():
            for messages in queues.values():
                yield from messages
