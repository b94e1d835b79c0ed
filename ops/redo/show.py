"""`redo --show`: print the payload of one message, to be edited and sent anew; the audit log records it."""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from ops.redo.bodies import find_bodies
from ops.redo.plan import plan
from ops.redo.report import RedoRequest
from ops.stage.audit_log import open_audit
from ops.terminal.errors import OperatorError
from ops.terminal.output import notes, printable
from schemas.reasons import OperatorAction


def show_payload(
    request: RedoRequest,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Print the payload of one message as indented JSON.

    Raises:
        OperatorError: there is no such message, it has no payload that can be shown, the audit log cannot be written,
            or AWS refuses.
    """
    with notes.status("Reading the logs …"):
        planned = plan(
            request.stage, criteria=request.criteria, read_since=request.read_since, run=request.run, money=True
        )
    with notes.status("Reading the message …"):
        bodies = find_bodies(
            request.stage, planned.messages, archived_since=request.archived_since, now=now, sleep=sleep
        )
    missing = {**planned.left_out, **bodies.missing}
    if len(bodies.found) != 1:
        why = next(iter(missing.values()), f"{len(bodies.found)} messages have this id: give --type or --tenant")
        raise OperatorError(printable(f"{', '.join(sorted(request.criteria.ids))} cannot be shown: {why}"))
    old = bodies.found[0]
    try:
        payload = json.loads(old.body)["payload"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise OperatorError("its body has no payload: `taly-async dead-letters show --payload` prints it all") from None
    audit = open_audit(request.stage, old.ended.service, now=now)
    audit.write(OperatorAction.SHOWN, [{"id": old.ended.id, "company_id": old.ended.company_id}])
    sys.stdout.write(json.dumps(payload, indent=2) + "\n")
    return True
