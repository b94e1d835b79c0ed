"""An idempotent job that does nothing, in ours or in the natural handler, after a number of earlier jobs."""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from fresh import HANDLER, BenchmarkContext  # type: ignore[import-not-found]  # it is on the path where this runs

from schemas.activities import ACTIVITY_RECORD, ActivityRecord
from schemas.message import Message


class _EmptyAnswer:
    """The body of DynamoDB's response to a write, in urllib3's interface as botocore uses it."""

    def stream(self, **_: Any) -> Any:
        yield b"{}"


def _ours() -> tuple[Any, Any]:
    from lambdas.common.clients.aws import aws_client  # noqa: PLC0415 the natural handler is on a path without it
    from lambdas.common.handlers import job  # noqa: PLC0415 the natural handler is on a path without it

    @job(ACTIVITY_RECORD)
    def handler(_activity: Message[ActivityRecord]) -> None:
        """Do nothing."""

    return handler, aws_client("dynamodb")


def _natural() -> tuple[Any, Any]:
    module = import_module(HANDLER)
    return module.handler, module.store.client


def make(subject: Any) -> Callable[[], object]:
    """Create the work, with DynamoDB's responses made in this process."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    handle, client = {"ours": _ours, "natural": _natural}[subject["by"]]()
    client.meta.events.register(
        "before-send.dynamodb", lambda request, **_: AWSResponse(request.url, 200, HTTPHeaders(), _EmptyAnswer())
    )
    context = BenchmarkContext()

    def work() -> None:
        if handle(subject["event"], context) != {"batchItemFailures": []}:
            sys.exit("the contestant's handler failed a job: test_contestants.py shows its log")

    for _ in range(subject["jobs_before"]):
        work()
    return work
