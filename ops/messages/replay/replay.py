"""Replays of archived events onto the bus, for a time range and for some types."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.stage.services import require_name
from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from schemas.catalogue import BY_NAME, SYSTEM_TYPES
from schemas.names import REDO, resource_name

_POLL_SECONDS = 5.0

_NOT_FOUND = "ResourceNotFoundException"

_ENDED = ("COMPLETED", "CANCELLED", "FAILED")


@dataclass(frozen=True, kw_only=True)
class ReplayPlan:
    """The events that a replay will put on the bus, and the types that get them."""

    name: str
    since: datetime
    until: datetime
    types: tuple[str, ...]
    archive_arn: str
    bus_arn: str
    rule_arns: tuple[str, ...]
    oldest: datetime | None
    """The archive has no older events; None: it keeps all."""


@dataclass(frozen=True, slots=True)
class ReplayProgress:
    """The progress of a replay."""

    state: str
    reason: str = ""
    last: datetime | None = None
    """The time of the last event that was replayed."""

    @property
    def ended(self) -> bool:
        """Whether the replay has ended, well or not."""
        return self.state in _ENDED


class Replays:
    """The replays of a stage's bus."""

    def __init__(self, stage: DeployedStage) -> None:
        """Use the stage's bus and its archive, which have the same name."""
        self._stage = stage
        self._events = stage.client("events")

    def plan(self, *, since: datetime, until: datetime, types: Sequence[str], now: datetime) -> ReplayPlan:
        """Plan a replay; nothing is started.

        Args:
            since: replay events that were put on the bus at this time or later.
            until: and before this time.
            types: only these types; none: all but the system's heartbeats and alerts.
            now: the time.

        Raises:
            OperatorError: there is nothing to replay, or AWS refuses.
        """
        chosen = _chosen(types)
        name = f"{resource_name(self._stage.name)}-{now:%Y%m%dT%H%M%S}"
        return self._plan(name, since=since, until=until, types=chosen, rules=chosen, now=now)

    def plan_redo(self, name: str, *, since: datetime, until: datetime, now: datetime) -> ReplayPlan:
        """Plan a replay that goes to the queue of `taly-async redo` alone; nothing is started.

        Args:
            name: the replay's name, which the rule of that queue matches.
            since: replay events that were put on the bus at this time or later.
            until: and before this time.
            now: the time.

        Raises:
            OperatorError: there is nothing to replay, or AWS refuses.
        """
        return self._plan(name, since=since, until=until, types=(), rules=(REDO,), now=now)

    def _plan(  # noqa: PLR0913 all by keyword but the name
        self,
        name: str,
        *,
        since: datetime,
        until: datetime,
        types: tuple[str, ...],
        rules: Sequence[str],
        now: datetime,
    ) -> ReplayPlan:
        until = min(until, now)
        if since >= until:
            raise OperatorError(f"--since {since:%Y-%m-%dT%H:%M:%SZ} is not before --until {until:%Y-%m-%dT%H:%M:%SZ}")
        bus = resource_name(self._stage.name)
        with aws_failures_as_sentences():
            bus_arn = self._bus_arn(bus)
            archive = self._archive(bus)
            rule_arns = self._rule_arns(bus, rules)
        days = archive.get("RetentionDays", 0)
        oldest = now - timedelta(days=days) if days else None
        if oldest and until <= oldest:
            raise OperatorError(f"the archive of stage {self._stage.name} keeps {days} days, and this is all older")
        return ReplayPlan(
            name=name,
            since=since,
            until=until,
            types=types,
            archive_arn=archive["ArchiveArn"],
            bus_arn=bus_arn,
            rule_arns=rule_arns,
            oldest=oldest,
        )

    def running(self, prefix: str) -> str:
        """Return the name of a replay that has not ended, of those whose names begin so; empty if there is none.

        Raises:
            AwsError: EventBridge refuses.
        """
        token: dict[str, str] = {}
        while True:
            with aws_failures_as_sentences():
                answer = self._events.list_replays(NamePrefix=prefix, **token)
            for each in answer.get("Replays", ()):
                if each["State"] not in _ENDED:
                    return str(each["ReplayName"])
            if not answer.get("NextToken"):
                return ""
            token = {"NextToken": answer["NextToken"]}

    def start(self, plan: ReplayPlan) -> None:
        """Start a replay; EventBridge carries it out.

        Raises:
            AwsError: EventBridge refuses.
        """
        with aws_failures_as_sentences():
            self._events.start_replay(
                ReplayName=plan.name,
                Description="By `taly-async replay`",
                EventSourceArn=plan.archive_arn,
                EventStartTime=plan.since,
                EventEndTime=plan.until,
                Destination={"Arn": plan.bus_arn, "FilterArns": list(plan.rule_arns)},
            )

    def poll(self, name: str, sleep: Callable[[float], None]) -> Iterator[ReplayProgress]:
        """Yield a replay's progress every few seconds until it has ended.

        Raises:
            AwsError: EventBridge refuses or does not answer.
        """
        while True:
            with aws_failures_as_sentences():
                answer = self._events.describe_replay(ReplayName=name)
            last = answer.get("EventLastReplayedTime")
            progress = ReplayProgress(
                answer["State"], answer.get("StateReason", ""), last.astimezone(UTC) if last else None
            )
            yield progress
            if progress.ended:
                return
            sleep(_POLL_SECONDS)

    def cancel(self, name: str) -> str:
        """Cancel a running replay; returns its new state.

        Raises:
            OperatorError: there is no replay of this name, or it has ended.
        """
        with aws_failures_as_sentences():
            try:
                return str(self._events.cancel_replay(ReplayName=name).get("State", "CANCELLING"))
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == _NOT_FOUND:
                    raise OperatorError(f"there is no replay {printable(name)} in this account and region") from None
                if code in {"IllegalStatusException", "ValidationException"}:
                    raise OperatorError(f"the replay {printable(name)} has ended already") from None
                raise

    def _bus_arn(self, name: str) -> str:
        try:
            return str(self._events.describe_event_bus(Name=name)["Arn"])
        except ClientError as error:
            if error.response["Error"]["Code"] != _NOT_FOUND:
                raise
            raise self._stage.lacks(f"event bus {name}") from None

    def _archive(self, name: str) -> Mapping[str, Any]:
        archive: Mapping[str, Any] = {}
        try:
            archive = self._events.describe_archive(ArchiveName=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != _NOT_FOUND:
                raise
        if archive.get("State") != "ENABLED":
            raise OperatorError(
                f"stage {self._stage.name} keeps no archive of its bus, so there is nothing to replay"
                + (": start it again with `make up`" if self._stage.name == "local" else "")
            )
        return archive

    def _rule_arns(self, bus: str, subjects: Sequence[str]) -> tuple[str, ...]:
        """The ARNs of rules of types, or of `REDO`; each has the same name as its queue."""
        found: dict[str, str] = {}
        token: dict[str, str] = {}
        while True:
            answer = self._events.list_rules(EventBusName=bus, **token)
            found |= {rule["Name"]: rule["Arn"] for rule in answer["Rules"]}
            if not answer.get("NextToken"):
                break
            token = {"NextToken": answer["NextToken"]}
        names = {name: resource_name(self._stage.name, name) for name in subjects}
        if missing := [name for name, rule in names.items() if rule not in found]:
            raise OperatorError(
                f"stage {self._stage.name} has no rule for {missing[0]}: deploy this version of it first"
            )
        return tuple(found[rule] for rule in names.values())


def _chosen(types: Sequence[str]) -> tuple[str, ...]:
    """The types without duplicates; all but the system's types where none is given."""
    chosen = dict.fromkeys(require_name(name, tuple(BY_NAME)) for name in types)
    return tuple(chosen) or tuple(name for name in BY_NAME if name not in SYSTEM_TYPES)
