"""Reads the audit log of a stage."""

import json
from typing import Any

from ops.console.context import ConsoleContext
from schemas.names import AUDIT, resource_name
from schemas.reasons import OperatorAction


def audited(console: ConsoleContext, action: OperatorAction, message_id: str) -> list[dict[str, Any]]:
    """Lines about one kind of action on a message; those about a pause have no id."""
    group = resource_name(console.stage.name, AUDIT)
    pages = console.stage.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    lines = [json.loads(event["message"]) for page in pages for event in page["events"]]
    return [line for line in lines if (line["message"], line.get("id")) == (action, message_id)]
