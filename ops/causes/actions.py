"""Acknowledge, snooze and resolve causes: a line in the audit log, then a conditional write of the cause.

The notifier writes the same items. Where it was first, the action is applied to what it wrote.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ops.causes.decisions import acknowledged, resolved, snoozed
from ops.causes.table import CauseTable
from ops.causes.version import running_version
from ops.stage.audit_log import Audit, open_audit
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from schemas.causes import Cause
from schemas.reasons import OperatorAction
from schemas.wire import timestamp

_TRIES = 5
"""Writes that are tried: a notifier writes a cause at most twice a minute."""

Transition = Callable[[Cause], Cause]
"""Returns a cause as an operator changes it; raises ValueError, with a sentence, if the action does not fit."""


@dataclass(kw_only=True)
class CauseResult:
    """The result of an action on the causes of one fingerprint."""

    changed: list[Cause] = field(default_factory=list)
    """The causes as they are now."""

    failed: dict[str, str] = field(default_factory=dict)
    """Why causes were not changed, as sentences by service."""


@dataclass(frozen=True, kw_only=True)
class CauseActions:
    """An operator's actions on causes of a stage."""

    stage: DeployedStage
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def acknowledge(self, causes: Sequence[Cause], *, comment: str = "") -> CauseResult:
        """Take care of causes: no card until their dead letters have grown tenfold.

        Args:
            causes: as they were read.
            comment: for the audit log and the cause.

        Raises:
            OperatorError: the audit log cannot be opened.
        """
        audit, now = self._audit(), self.now()
        return self._change(
            causes,
            lambda cause: acknowledged(cause, by=audit.who, comment=comment, now=now),
            OperatorAction.ACKNOWLEDGED,
            audit,
        )

    def snooze(self, causes: Sequence[Cause], *, until: datetime, comment: str = "") -> CauseResult:
        """Let the notifier post no card about causes until a time.

        Args:
            causes: as they were read.
            until: within seven days.
            comment: for the audit log and the cause.

        Raises:
            OperatorError: the audit log cannot be opened.
        """
        audit, now = self._audit(), self.now()
        return self._change(
            causes,
            lambda cause: snoozed(cause, until=until, by=audit.who, comment=comment, now=now),
            OperatorAction.SNOOZED,
            audit,
        )

    def resolve(self, causes: Sequence[Cause], *, comment: str) -> CauseResult:
        """Declare causes fixed, in the version of their functions that runs now.

        Args:
            causes: as they were read.
            comment: for the audit log and the cause.

        Raises:
            OperatorError: the comment is missing, or the audit log cannot be opened.
        """
        if not comment:
            raise OperatorError("say how it was fixed: --comment is written into the audit log")
        audit, now = self._audit(), self.now()
        versions = {each.service: running_version(self.stage, each.service) or each.version for each in causes}
        return self._change(
            causes,
            lambda cause: resolved(cause, version=versions[cause.service], by=audit.who, comment=comment, now=now),
            OperatorAction.RESOLVED,
            audit,
        )

    def _audit(self) -> Audit:
        return open_audit(self.stage, "", now=self.now)

    def _change(
        self, causes: Sequence[Cause], transition: Transition, action: OperatorAction, audit: Audit
    ) -> CauseResult:
        result = CauseResult()
        for cause in causes:
            try:
                changed = _applied(transition, cause)
                _write_audit(replace(audit, service=cause.service), action, changed)
                result.changed.append(self._write(changed, transition))
            except OperatorError as error:
                result.failed[cause.service] = str(error)
        return result

    def _write(self, changed: Cause, transition: Transition) -> Cause:
        """Write a changed cause; if a notifier was first, apply the change to what it wrote, and write that."""
        table = CauseTable(self.stage)
        for _ in range(_TRIES):
            found = table.replace(changed)
            if found is changed:
                return changed
            if found is None:
                raise OperatorError(
                    f"cause {changed.fingerprint} of {changed.service} is no longer in table {table.name}"
                )
            changed = _applied(transition, found)
        raise OperatorError(
            f"cause {changed.fingerprint} of {changed.service} was written by somebody else at each of {_TRIES} tries: "
            "repeat this"
        )


def _applied(transition: Transition, cause: Cause) -> Cause:
    try:
        return transition(cause)
    except ValueError as error:
        raise OperatorError(str(error)) from None


def _write_audit(audit: Audit, action: OperatorAction, changed: Cause) -> None:
    more = {
        "why": changed.comment,
        "until": timestamp(changed.until) if changed.until else "",
        "version": changed.resolved_version,
    }
    about = {"fingerprint": changed.fingerprint, "reason": changed.reason}
    audit.write(action, [about], **{name: text for name, text in more.items() if text})
