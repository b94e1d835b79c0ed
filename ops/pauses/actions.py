"""Pause and resume: disable and enable event source mappings, and say on each who did it and until when.

A pause writes the audit line, then the tags, then `Enabled`. A resume writes the audit line, then `Enabled`, then it
removes the tags. So an interruption leaves a mapping that is enabled, or one that is disabled and says by whom.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ops.pauses.pauses import StagePauses, is_destination, read_pauses, services_of
from ops.stage.audit_log import Audit, open_audit
from ops.stage.aws_errors import AwsError, aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.times import span
from schemas.pauses import LONGEST_PAUSE, QUEUE_RETENTION, TAGS, Pause, SourceMapping, pause_of
from schemas.reasons import OperatorAction
from schemas.wire import timestamp

_IN_USE = "ResourceInUseException"
"""Lambda is still carrying out the last change of the mapping (Lambda API, UpdateEventSourceMapping)."""

_CHANGING = "Lambda is still carrying out an earlier change of its mapping: repeat this in a minute"
"""As during a deployment; the mapping's state does not say whether it is paused."""

_WAITS = (1.0, 2.0, 4.0, 8.0)
"""Seconds before each new try to change a mapping that is in use."""


@dataclass(kw_only=True)
class PauseResult:
    """The result of a pause or a resume."""

    subject: str
    changed: dict[str, Pause] = field(default_factory=dict)
    """The pauses that began or ended, by service."""

    kept: dict[str, Pause] = field(default_factory=dict)
    """Pauses that were there before and were left as they are, by service."""

    running: tuple[str, ...] = ()
    """Services that were not paused, so that there was nothing to resume."""

    absent: tuple[str, ...] = ()
    """Services of a destination that this stage does not have yet."""

    failed: dict[str, str] = field(default_factory=dict)
    """Why services were not paused or resumed, as sentences by service; a repeat tries these again."""

    until: datetime | None = None
    """When a pause was to end; None: when somebody resumes."""

    @property
    def ends_otherwise(self) -> tuple[str, ...]:
        """The services whose pause was there before and does not end when this one was to end."""
        return tuple(service for service, each in self.kept.items() if each.until != self.until)


@dataclass(frozen=True, kw_only=True)
class Pauser:
    """Pauses and resumes services of a stage."""

    stage: DeployedStage
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep

    def pause(self, subject: str, *, comment: str, duration: timedelta | None = None) -> PauseResult:
        """Pause a type, the ingress, or all types that call a destination.

        Messages wait in their queues, and runs that have begun end. What is paused already keeps its pause. A mapping
        that was disabled by hand gets this pause if the type itself is paused, and is left alone for a destination.

        Args:
            subject: a type, `queue_processor`, or a destination.
            comment: why, for the audit log.
            duration: how long; None: until somebody resumes.

        Raises:
            OperatorError: nothing has this name, the comment is missing, the duration is too long, there is no such
                stage, or AWS refuses before anything was changed.
        """
        services = services_of(subject)
        _check(comment, duration)
        found = read_pauses(self.stage)
        audit = self._audit(subject)
        since = self.now()
        until = since + duration if duration else None
        result = PauseResult(subject=subject, absent=_absent(subject, services, found), until=until)
        for service in services:
            if (mapping := found.mappings.get(service)) is None:
                continue
            before = found.by_service.get(service)
            if before and (is_destination(subject) or not before.is_by_hand):
                result.kept[service] = before
                continue
            if mapping.is_changing:
                result.failed[service] = _CHANGING  # it may be paused, and its tags would be lost
                continue
            pause = Pause(service=service, subject=subject, by=audit.who, since=since, until=until)
            try:
                self._disable(mapping, pause, replace(audit, service=service), comment.strip())
            except OperatorError as error:
                result.failed[service] = str(error)
            else:
                result.changed[service] = pause
        self._find_others(result, found)
        return result

    def _find_others(self, result: PauseResult, found: StagePauses) -> None:
        """Let the result name pauses that somebody else began at the same time: on each mapping, the last tags hold."""
        for service, pause in [*result.changed.items()]:
            with suppress(AwsError), aws_failures_as_sentences():
                tags = self._functions.list_tags(Resource=found.mappings[service].arn).get("Tags") or {}
                held = pause_of(service, tags)
                if held.subject and held != pause_of(service, pause.tags()):
                    result.kept[service] = held
                    del result.changed[service]

    def resume(self, subject: str, *, comment: str = "") -> PauseResult:
        """End a pause: a type's, whatever was paused, even if its mapping was disabled by hand; or a destination's.

        A destination's are those of its types that were paused by its name.

        Args:
            subject: a type, `queue_processor`, or a destination.
            comment: why, for the audit log.

        Raises:
            OperatorError: nothing has this name, there is no such stage, or AWS refuses before anything was changed.
        """
        services = services_of(subject)
        found = read_pauses(self.stage)
        result = PauseResult(subject=subject, absent=_absent(subject, services, found))
        audit = self._audit(subject)
        for service in services:
            pause = found.by_service.get(service)
            if pause is None:
                if service in found.mappings and found.mappings[service].is_changing:
                    result.failed[service] = _CHANGING
                elif service in found.mappings:
                    result.running += (service,)
                continue
            if is_destination(subject) and pause.subject != subject:
                result.kept[service] = pause
                continue
            try:
                self._enable(found.mappings[service], replace(audit, service=service), comment.strip())
            except OperatorError as error:
                result.failed[service] = str(error)
            else:
                result.changed[service] = pause
        return result

    def _audit(self, subject: str) -> Audit:
        return open_audit(self.stage, subject, now=self.now)

    @property
    def _functions(self) -> Any:
        return self.stage.client("lambda")

    def _disable(self, mapping: SourceMapping, pause: Pause, audit: Audit, comment: str) -> None:
        until = {"until": timestamp(pause.until)} if pause.until else {}
        audit.write(OperatorAction.PAUSED, [{}], subject=pause.subject, why=comment, **until)
        tags = pause.tags()
        with aws_failures_as_sentences():
            # An earlier pause may have left its end, which this one does not have: it would end early.
            if stale := [tag for tag in TAGS if tag not in tags]:
                self._functions.untag_resource(Resource=mapping.arn, TagKeys=stale)
            self._functions.tag_resource(Resource=mapping.arn, Tags=tags)
        self._set_enabled(mapping, enabled=False)

    def _enable(self, mapping: SourceMapping, audit: Audit, comment: str) -> None:
        audit.write(OperatorAction.RESUMED, [{}], **({"why": comment} if comment else {}))
        self._set_enabled(mapping, enabled=True)
        with aws_failures_as_sentences():
            self._functions.untag_resource(Resource=mapping.arn, TagKeys=list(TAGS))

    def _set_enabled(self, mapping: SourceMapping, *, enabled: bool) -> None:
        for wait in (*_WAITS, None):
            with aws_failures_as_sentences():
                try:
                    self._functions.update_event_source_mapping(UUID=mapping.uuid, Enabled=enabled)
                except ClientError as error:
                    if error.response["Error"]["Code"] != _IN_USE:
                        raise
                else:
                    return
            if wait is not None:
                self.sleep(wait)
        raise OperatorError(_CHANGING)


def _check(comment: str, duration: timedelta | None) -> None:
    if not comment.strip():
        raise OperatorError("say why: --comment is written into the audit log")
    if duration and duration > LONGEST_PAUSE:
        raise OperatorError(
            f"{span(duration)} is too long for a pause: SQS deletes what waits for {QUEUE_RETENTION.days} days. "
            f"Pause for at most {LONGEST_PAUSE.days}d, or leave out --for and resume yourself"
        )


def _absent(subject: str, services: tuple[str, ...], found: StagePauses) -> tuple[str, ...]:
    """Return the services without a mapping.

    Raises:
        OperatorError: the subject is one of them.
    """
    absent = tuple(each for each in services if each not in found.mappings)
    if subject in absent:
        raise OperatorError(f"{subject} has no event source mapping here: deploy this version first")
    return absent
