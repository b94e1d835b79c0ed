"""Schedules by their business keys: which stand, one called off, one sent now instead of when it is due."""

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

_AT_A_TIME = 10
"""Reads at once: as many connections as a client of boto3 holds."""

_NAME_BEGINS_LIKE_ITS_KEY = 30
"""Characters of `schedule_name`, after which a long key's goes on with a digest."""

_UTC = "UTC"
"""A schedule's time zone where none is set."""


@dataclass(frozen=True)
class PendingSchedule:
    """A schedule that stands."""

    name: str
    description: str
    expression: str
    """`at(2026-04-14T14:00:00)`, or that of a recurring one."""

    body: str
    """What it will send."""

    target_arn: str
    group: str
    """The SQS message group that it sends with; empty for none."""

    changed_at: datetime | None
    """When it was last set."""

    zone: str = _UTC
    """The time zone of its expression, as the IANA names it."""

    @cached_property
    def due(self) -> datetime | None:
        """When it sends, in UTC; None for a recurring one."""
        once = re.fullmatch(r"at\((.+)\)", self.expression)
        if not once:
            return None
        zone = UTC if self.zone == _UTC else ZoneInfo(self.zone)
        return datetime.fromisoformat(once[1]).replace(tzinfo=zone).astimezone(UTC)

    @property
    def key(self) -> str:
        """The business's name for it; a recurring one has none, and goes by its own."""
        return self.description if self.due and self.description else self.name

    @cached_property
    def says(self) -> Claims:
        """What its message says of itself."""
        return claims(self.body)

    @property
    def is_as(self) -> tuple[str, str, datetime | None]:
        """The same as long as nobody set it anew."""
        return self.expression, self.body, self.changed_at


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which schedules; what is not given is as it likes."""

    type_name: str = ""
    tenant: str = ""
    key: str = ""
    """How the key begins."""

    before: datetime | None = None
    """Due before; recurring ones are due at no one time."""

    def takes(self, standing: PendingSchedule) -> bool:
        """Whether it is one of them."""
        return (
            self.type_name in ("", standing.says.type)
            and self.tenant.lower() in ("", standing.says.company_id)
            and standing.key.startswith(self.key)
            and (self.before is None or (standing.due is not None and standing.due < self.before))
        )


@dataclass(frozen=True)
class Listing:
    """What stands, the next one first, recurring ones last."""

    schedules: Sequence[PendingSchedule]
    may_lack_some: bool
    """Exactly a page came, and no way on: the emulator has no second page."""


@dataclass(frozen=True)
class Fired:
    """A schedule whose message was sent."""

    schedule: PendingSchedule
    sqs_message_id: str
    afterwards: str
    """In words: what became of the schedule."""


class ScheduleGroup:
    """The schedules of a stage."""

    def __init__(self, scheduler: Any, name: str) -> None:
        """Those of the group of this name."""
        self._scheduler = scheduler
        self._name = name

    @classmethod
    def of(cls, stage: DeployedStage) -> "ScheduleGroup":
        """A stage's."""
        return cls(stage.client("scheduler"), schedule_group_name(stage.name))

    def standing(self, wanted: Wanted, progress: Callable[[int, int], None] = lambda _done, _all: None) -> Listing:
        """Those that are wanted.

        Args:
            wanted: which.
            progress: told how many of how many were read.

        Raises:
            OperatorError: there is no such group, or AWS refuses.
        """
        pages = list(self._pages(name_prefix(wanted.key)))
        names = [name for page in pages for name in page]
        found = []
        pool = ThreadPoolExecutor(_AT_A_TIME)
        try:
            for done, standing in enumerate(pool.map(self._read, names), start=1):
                if standing and wanted.takes(standing):
                    found.append(standing)
                progress(done, len(names))
        finally:
            pool.shutdown(cancel_futures=True)  # who stops it does not wait for thousands more
        found.sort(key=lambda each: (each.due or datetime.max.replace(tzinfo=UTC), each.key))
        return Listing(found, may_lack_some=[len(page) for page in pages] == [_PAGE])

    def find(self, key: str) -> PendingSchedule | None:
        """The schedule of a key; None where none stands.

        Raises:
            OperatorError: it can be no key, or AWS refuses.
        """
        try:
            name = schedule_name(key)
        except ValueError as error:
            raise OperatorError(printable(str(error))) from None
        return self._read(name)

    def once(self, key: str) -> PendingSchedule:
        """The one-time schedule of a key.

        Raises:
            OperatorError: none stands, or it is a recurring one.
        """
        standing = self.find(key)
        if standing is None:
            raise OperatorError(
                f"nothing stands under {printable(key)}: it was sent, called off or never set. "
                "`python -m ops schedules list` shows what stands"
            )
        if standing.due is None:
            raise OperatorError(
                f"{printable(key)} is recurring ({standing.expression}) and part of the stage itself: "
                "change it in `stacks/` and deploy"
            )
        return standing

    def fire(self, standing: PendingSchedule, sqs: Any) -> Fired:
        """Send a schedule's message now, then take the schedule away: at each moment one of both is there.

        Should both be for a while, they are one message by its id, and a job does it once.

        Raises:
            OperatorError: it stands no more as it was read, or AWS refuses; the text says what was done.
        """
        if not self._stands(standing):
            raise OperatorError(
                f"{printable(standing.key)} was sent, called off or set anew meanwhile: nothing was sent now"
            )
        with aws_failures_as_sentences():
            url = _queue_url(sqs, standing)
            group = {"MessageGroupId": standing.group} if standing.group else {}
            sent = sqs.send_message(QueueUrl=url, MessageBody=standing.body, **group)
        try:
            afterwards = self._take_away(standing)
        except AwsError as error:
            raise OperatorError(
                f"{printable(standing.key)} was sent, but its schedule still stands and will send it again, "
                f"which a job drops as a duplicate. `schedules cancel` takes it away: {error}"
            ) from None
        return Fired(standing, sent["MessageId"], afterwards)

    def cancel(self, standing: PendingSchedule) -> bool:
        """Take a schedule away; whether it still stood as it was read.

        Raises:
            AwsError: EventBridge Scheduler refuses.
        """
        return self._stands(standing) and self._delete(standing.name)

    def _take_away(self, standing: PendingSchedule) -> str:
        """What was set anew since it was read is another message, and stays."""
        now = self._read(standing.name)
        if now is not None and now.is_as != standing.is_as:
            return f"was set anew meanwhile, for {now.due or now.expression}, and stays"
        if now is None or not self._delete(standing.name):
            return "came due itself meanwhile: a job drops the second as a duplicate"
        return "is taken away"

    def _stands(self, standing: PendingSchedule) -> bool:
        now = self._read(standing.name)
        return now is not None and now.is_as == standing.is_as

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
        """The one of a name; None where none stands any more."""
        answer = self._call(lambda: self._scheduler.get_schedule(Name=name, GroupName=self._name))
        return None if answer is None else _standing(answer)

    def _call(self, call: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        """Make a call; None where there is no such schedule."""
        with aws_failures_as_sentences():
            try:
                return call()
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
        return None


def name_prefix(key: str) -> str:
    """How the names of all schedules begin whose keys begin so: what AWS itself can choose by."""
    return key.replace("/", ".")[:_NAME_BEGINS_LIKE_ITS_KEY]


def _standing(answer: dict[str, Any]) -> PendingSchedule:
    target = answer["Target"]
    return PendingSchedule(
        name=answer["Name"],
        description=answer.get("Description", ""),
        expression=answer["ScheduleExpression"],
        body=target.get("Input", ""),
        target_arn=target["Arn"],
        group=target.get("SqsParameters", {}).get("MessageGroupId", ""),
        changed_at=answer.get("LastModificationDate"),
        zone=answer.get("ScheduleExpressionTimezone", _UTC),
    )


def _queue_url(sqs: Any, standing: PendingSchedule) -> str:
    match standing.target_arn.split(":"):
        case ["arn", _, "sqs", _, account, queue]:
            return str(sqs.get_queue_url(QueueName=queue, QueueOwnerAWSAccountId=account)["QueueUrl"])
    raise OperatorError(f"{printable(standing.key)} sends to {printable(standing.target_arn)}, which is no queue")
