"""Who looks at payloads is written into the audit log before they see them: payloads are people's data."""

from collections.abc import Iterable
from datetime import UTC, datetime

from ops.audit import open_audit
from ops.deployed import DeployedStage
from ops.letter import Letter
from ops.letter_search import Found
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
