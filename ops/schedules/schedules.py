"""The schedules of a stage by their business keys: list them, cancel one, run one now."""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from ops.stage.aws_errors import AwsError, aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from schemas.claims import Claims, claims
from schemas.names import schedule_group_name
from schemas.schedule_names import schedule_name

_PAGE = 100
"""EventBridge Scheduler, ListSchedules: MaxResults, at most."""

_CONCURRENCY = 10
"""Reads at the same time: as many connections as a client of boto3 holds."""

_KEY_IN_NAME = 30
"""Characters of the key that `schedule_name` keeps; for a long key, a digest follows."""

_UTC = "UTC"
"""The time zone of a schedule that sets none."""


@dataclass(frozen=True)
class PendingSchedule:
    """A schedule that exists in EventBridge Scheduler."""

    name: str
    description: str
    expression: str
    """`at(2026-04-14T14:00:00)`, or the rate or cron expression of a recurring schedule."""

    body: str
    """The message that the schedule sends."""

    target_arn: str
    changed_at: datetime | None
    """When the schedule was last set."""

    zone: str = _UTC
    """The IANA name of the expression's time zone."""

    @cached_property
    def due(self) -> datetime | None:
        """When the schedule sends, in UTC; None for a recurring schedule."""
        once = re.fullmatch(r"at\((.+)\)", self.expression)
        if not once:
            return None
        zone = UTC if self.zone == _UTC else ZoneInfo(self.zone)
        return datetime.fromisoformat(once[1]).replace(tzinfo=zone).astimezone(UTC)

    @property
    def key(self) -> str:
        """The business key; the schedule's name for a recurring schedule, which has no key."""
        return self.description if self.due and self.description else self.name

    @cached_property
    def claims(self) -> Claims:
        """The claims of the message: type, id, tenant."""
        return claims(self.body)

    @property
    def revision(self) -> tuple[str, str, datetime | None]:
        """A value that changes when the schedule is set anew."""
        return self.expression, self.body, self.changed_at


@dataclass(frozen=True, kw_only=True)
class ScheduleFilter:
    """A filter of schedules; an empty field matches all."""

    type_name: str = ""
    tenant: str = ""
    key: str = ""
    """A prefix of the key."""

    before: datetime | None = None
    """Due before this time, which leaves out recurring schedules."""

    def matches(self, schedule: PendingSchedule) -> bool:
        """Whether a schedule is wanted."""
        return (
            self.type_name in ("", schedule.claims.type)
            and self.tenant.lower() in ("", schedule.claims.company_id)
            and schedule.key.startswith(self.key)
            and (self.before is None or (schedule.due is not None and schedule.due < self.before))
        )


@dataclass(frozen=True)
class Listing:
    """Schedules, the next one first, recurring ones last."""

    schedules: Sequence[PendingSchedule]
    may_lack_some: bool
    """Whether exactly one page was listed, with no token for the next: the emulator lists no second page."""


@dataclass(frozen=True)
class ScheduleRun:
    """A message that was sent before its schedule was due."""

    sqs_message_id: str
    schedule_state: str
    """The state of the schedule afterwards, in words."""


class ScheduleGroup:
    """The schedule group of a stage."""

    def __init__(self, scheduler: Any, name: str) -> None:
        """Use the group of a name, by a client of EventBridge Scheduler."""
        self._scheduler = scheduler
        self._name = name

    @classmethod
    def of(cls, stage: DeployedStage) -> "ScheduleGroup":
        """The group of a stage.

        Raises:
            NotDeployedError: there is no such stage in this account and region.
            AwsError: AWS refuses or does not answer.
        """
        stage.require()
        return cls(stage.client("scheduler"), schedule_group_name(stage.name))

    def matching(
        self, wanted: ScheduleFilter, progress: Callable[[int, int], None] = lambda _done, _total: None
    ) -> Listing:
        """List the schedules that are wanted.

        Args:
            wanted: the filter.
            progress: takes how many schedules have been read, and of how many.

        Raises:
            AwsError: AWS refuses or does not answer.
        """
        pages = list(self._pages(name_prefix(wanted.key)))
        names = [name for page in pages for name in page]
        found = []
        pool = ThreadPoolExecutor(_CONCURRENCY)
        try:
            for done, schedule in enumerate(pool.map(self._read, names), start=1):
                if schedule and wanted.matches(schedule):
                    found.append(schedule)
                progress(done, len(names))
        finally:
            pool.shutdown(cancel_futures=True)  # Ctrl-C does not wait for thousands of reads
        found.sort(key=lambda each: (each.due or datetime.max.replace(tzinfo=UTC), each.key))
        return Listing(found, may_lack_some=[len(page) for page in pages] == [_PAGE])

    def names(self, prefix: str = "") -> Iterator[str]:
        """List the names of schedules that begin so, which viewers may do as well. Raises `AwsError` as AWS refuses."""
        return (name for page in self._pages(prefix) for name in page)

    def find(self, key: str) -> PendingSchedule | None:
        """Find the schedule of a key; None where there is none.

        Raises:
            OperatorError: the text can be no key, or AWS refuses.
        """
        try:
            name = schedule_name(key)
        except ValueError as error:
            raise OperatorError(printable(str(error))) from None
        return self._read(name)

    def once(self, key: str) -> PendingSchedule:
        """Find the one-time schedule of a key.

        Raises:
            OperatorError: there is none, or the schedule is recurring.
        """
        schedule = self.find(key)
        if schedule is None:
            raise OperatorError(
                f"there is no schedule {printable(key)}: it was sent, cancelled or never set. "
                "`taly-async schedules list` shows all"
            )
        if schedule.due is None:
            raise OperatorError(
                f"{printable(key)} is recurring ({schedule.expression}) and part of the stage itself: "
                "change it in `stacks/` and deploy"
            )
        return schedule

    def run(self, schedule: PendingSchedule, sqs: Any) -> ScheduleRun:
        """Send a schedule's message now, then delete the schedule: at each moment one of both exists.

        While both exist, their messages have the same id, so a job does the work once.

        Raises:
            OperatorError: the schedule has changed since it was read, or AWS refuses; the text says what was done.
        """
        if not self._is_unchanged(schedule):
            raise OperatorError(
                f"{printable(schedule.key)} was sent, cancelled or set anew meanwhile: nothing was sent now"
            )
        with aws_failures_as_sentences():
            url = _queue_url(sqs, schedule)
            company_id = schedule.claims.company_id
            group = {"MessageGroupId": company_id} if company_id else {}
            sent = sqs.send_message(QueueUrl=url, MessageBody=schedule.body, **group)
        try:
            schedule_state = self._delete_unchanged(schedule)
        except AwsError as error:
            raise OperatorError(
                f"{printable(schedule.key)} was sent, but its schedule still exists and will send it again, "
                f"which a job drops as a duplicate. `taly-async schedules cancel` deletes it: {error}"
            ) from None
        return ScheduleRun(sent["MessageId"], schedule_state)

    def cancel(self, schedule: PendingSchedule) -> bool:
        """Delete a schedule; says whether it was still there and unchanged since it was read.

        Raises:
            AwsError: EventBridge Scheduler refuses.
        """
        return self._is_unchanged(schedule) and self._delete(schedule.name)

    def _delete_unchanged(self, schedule: PendingSchedule) -> str:
        """Delete a schedule that was run. One that was set anew meanwhile has another message, and is kept."""
        now = self._read(schedule.name)
        if now is not None and now.revision != schedule.revision:
            return f"was set anew meanwhile, for {now.due or now.expression}, and is kept"
        if now is None or not self._delete(schedule.name):
            return "came due itself meanwhile: a job drops the second as a duplicate"
        return "is deleted"

    def _is_unchanged(self, schedule: PendingSchedule) -> bool:
        now = self._read(schedule.name)
        return now is not None and now.revision == schedule.revision

    def _delete(self, name: str) -> bool:
        return self._call(lambda: self._scheduler.delete_schedule(Name=name, GroupName=self._name)) is not None

    def _pages(self, prefix: str) -> Iterator[list[str]]:
        token: dict[str, str] = {}
        named = {"NamePrefix": prefix} if prefix else {}
        while True:
            with aws_failures_as_sentences():
                answer = self._scheduler.list_schedules(GroupName=self._name, MaxResults=_PAGE, **named, **token)
            yield [summary["Name"] for summary in answer["Schedules"]]
            if not answer.get("NextToken"):
                return
            token = {"NextToken": answer["NextToken"]}

    def _read(self, name: str) -> PendingSchedule | None:
        """Read the schedule of a name; None where it does not exist any more."""
        answer = self._call(lambda: self._scheduler.get_schedule(Name=name, GroupName=self._name))
        return None if answer is None else _schedule(answer)

    def _call(self, call: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        """Make a call; None where the schedule does not exist."""
        with aws_failures_as_sentences():
            try:
                return call()
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
        return None


def name_prefix(key: str) -> str:
    """The prefix of the names of all schedules whose keys begin with a text: AWS filters by names alone."""
    return key.replace("/", ".")[:_KEY_IN_NAME]


def _schedule(answer: dict[str, Any]) -> PendingSchedule:
    target = answer["Target"]
    return PendingSchedule(
        name=answer["Name"],
        description=answer.get("Description", ""),
        expression=answer["ScheduleExpression"],
        body=target.get("Input", ""),
        target_arn=target["Arn"],
        changed_at=answer.get("LastModificationDate"),
        zone=answer.get("ScheduleExpressionTimezone", _UTC),
    )


def _queue_url(sqs: Any, schedule: PendingSchedule) -> str:
    match schedule.target_arn.split(":"):
        case ["arn", _, "sqs", _, account, queue]:
            return str(sqs.get_queue_url(QueueName=queue, QueueOwnerAWSAccountId=account)["QueueUrl"])
    raise OperatorError(f"{printable(schedule.key)} sends to {printable(schedule.target_arn)}, which is no queue")
