"""Pauses: a type's queue keeps its messages while the event source mapping of its function is disabled.

The mapping's tags say who paused it, and until when. Operators' tools write them, and the notifier reads them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schemas.names import QUEUE_PROCESSOR, resource_name
from schemas.wire import instant, timestamp

QUEUE_RETENTION = timedelta(days=7)
"""For how long a queue keeps a message: over a pause of days, and half of what a dead-letter queue does.

What SQS itself moves to a dead-letter queue keeps its age (SQS, "Setting-up dead-letter queue retention").
"""

RETENTION_NEAR = QUEUE_RETENTION - timedelta(days=2)
"""A pause that lasts for so long is reported: two days later SQS begins to delete what waited from the beginning."""

LONGEST_PAUSE = RETENTION_NEAR
"""The most that a pause may be asked for."""

SUBJECT_TAG = "taly-async:paused"
"""Tag with the subject of the pause: the type itself, or a destination, whose types are paused together."""

BY_TAG = "taly-async:paused-by"
"""The ARN of the operator's credentials."""

SINCE_TAG = "taly-async:paused-since"
UNTIL_TAG = "taly-async:paused-until"
"""Times (UTC, RFC 3339); without `UNTIL_TAG` the pause lasts until somebody ends it."""

TAGS = (SUBJECT_TAG, BY_TAG, SINCE_TAG, UNTIL_TAG)

DISABLED_STATES = ("Disabled", "Disabling")
"""States of a mapping that receives no messages (Lambda, EventSourceMappingConfiguration: State)."""

CHANGING_STATES = ("Creating", "Updating", "Deleting")
"""States that do not say whether a mapping is enabled, as while a deployment changes it (the same page)."""

_LONGEST_TAG = 256
_NOT_IN_TAGS = re.compile(r"[^\w .:/=+@-]")
"""Characters a tag's value may not have, unlike a role session's name (Tagging User Guide, "Tag naming limits")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMapping:
    """The event source mapping from a service's queue to its function."""

    service: str
    """A type, or `QUEUE_PROCESSOR`."""

    uuid: str
    arn: str
    is_enabled: bool
    is_changing: bool = False
    """Whether its state does not say that it is enabled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A service whose mapping is disabled."""

    service: str
    subject: str = ""
    """Subject of the pause: the service itself, or a destination. Empty: somebody disabled the mapping by hand."""

    by: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """None: until somebody ends it."""

    @property
    def is_by_hand(self) -> bool:
        """Whether somebody disabled the mapping without `taly-async pause`: nothing is known about it."""
        return not self.subject

    @property
    def operator(self) -> str:
        """Who paused it, without the account: `assumed-role/Admin/ada`; empty: nobody knows."""
        return self.by.rsplit(":", 1)[-1]

    def is_over(self, now: datetime) -> bool:
        """Whether it is due to end."""
        return self.until is not None and self.until <= now

    def is_near_retention(self, now: datetime) -> bool:
        """Whether SQS will soon delete messages that have waited since it began."""
        return self.since is not None and now - self.since >= RETENTION_NEAR

    def tags(self) -> dict[str, str]:
        """Return the tags of its mapping."""
        found = {
            SUBJECT_TAG: self.subject,
            BY_TAG: _NOT_IN_TAGS.sub("_", self.by)[:_LONGEST_TAG],
            SINCE_TAG: timestamp(self.since) if self.since else "",
            UNTIL_TAG: timestamp(self.until) if self.until else "",
        }
        return {name: value for name, value in found.items() if value}


def pause_of(service: str, tags: Mapping[str, str]) -> Pause:
    """Return the pause of a disabled mapping; tags that cannot be read count as absent."""
    return Pause(
        service=service,
        subject=tags.get(SUBJECT_TAG, ""),
        by=tags.get(BY_TAG, ""),
        since=instant(tags.get(SINCE_TAG, "")),
        until=instant(tags.get(UNTIL_TAG, "")),
    )


def mappings(pages: Callable[..., Iterator[Mapping[str, Any]]], stage: str) -> dict[str, SourceMapping]:
    """Return the stage's mappings by service.

    Args:
        pages: the method `paginate` of boto3's paginator for `list_event_source_mappings`, which lists those of the
            whole account in its region.
        stage: the stage.
    """
    from schemas.catalogue import BY_NAME  # it brings all contracts, and the notifier starts without them

    services = {resource_name(stage, name): name for name in (*BY_NAME, QUEUE_PROCESSOR)}
    found = {}
    for page in pages():
        for each in page.get("EventSourceMappings", ()):
            service = services.get(each.get("FunctionArn", "").partition(":function:")[2].partition(":")[0])
            if service:
                found[service] = SourceMapping(
                    service=service,
                    uuid=each["UUID"],
                    arn=each.get("EventSourceMappingArn") or _arn(each),
                    is_enabled=each.get("State") not in DISABLED_STATES,
                    is_changing=each.get("State") in CHANGING_STATES,
                )
    return found


def pauses(found: Mapping[str, SourceMapping], list_tags: Callable[..., Mapping[str, Any]]) -> dict[str, Pause]:
    """Return the pauses by service; one request for each disabled mapping.

    Args:
        found: the stage's mappings.
        list_tags: boto3's operation of that name.
    """
    return {
        each.service: pause_of(each.service, list_tags(Resource=each.arn).get("Tags") or {})
        for each in found.values()
        if not each.is_enabled
    }


def _arn(mapping: Mapping[str, Any]) -> str:
    """Return a mapping's ARN where the answer has none, from that of its function."""
    prefix, _, _ = mapping["FunctionArn"].partition(":function:")
    return f"{prefix}:event-source-mapping:{mapping['UUID']}"
