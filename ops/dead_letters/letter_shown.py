"""Who looks at payloads is written into the audit log before they see them: payloads are people's data."""

from collections.abc import Iterable
from datetime import UTC, datetime

from ops.dead_letters.audit_log import open_audit
from ops.dead_letters.letter import Letter
from ops.dead_letters.search import Found
from ops.stage.deployed import DeployedStage
from schemas.reasons import Deed


def write_shown(stage: DeployedStage, found: Iterable[Found]) -> None:
    """Write a line for each letter of which somebody is about to see the payload.

    Raises:
        OperatorError: AWS refuses.
        AuditError: it cannot be written down, so it is not to be shown.
    """
    of_service: dict[str, list[Letter]] = {}
    for each in found:
        of_service.setdefault(each.service, []).append(each.letter)
    for service, letters in of_service.items():
        open_audit(stage, service, now=lambda: datetime.now(UTC)).write(Deed.SHOWN, letters)
