"""What the audit log says that people did."""

import json
from typing import Any

from ops.console.context import ConsoleContext
from schemas.names import MonitoringOutput
from schemas.reasons import OperatorAction


def audited(desk: ConsoleContext, deed: OperatorAction, an_id: str) -> list[dict[str, Any]]:
    """The lines of one kind about a message."""
    group = desk.stage.output("Monitoring", MonitoringOutput.AUDIT_LOG_GROUP_NAME)
    pages = desk.stage.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    lines = [json.loads(event["message"]) for page in pages for event in page["events"]]
    return [line for line in lines if (line["message"], line["id"]) == (deed, an_id)]
