"""All that is measured in a local stage, over public APIs alone."""

import time

from ops.local.alarms.embedded import PATTERN, EmbeddedMetrics
from ops.local.alarms.function_metrics import FunctionMetrics
from ops.local.alarms.functions import Functions
from ops.local.alarms.queue_metrics import QueueMetrics
from ops.local.alarms.recorded import RecordedMetrics
from ops.local.alarms.sources import Source
from ops.local.aws import Endpoint
from ops.local.log_tail import LogTail


def measured(endpoint: Endpoint) -> tuple[Source, ...]:
    """What measures it, from now on."""
    functions, now_ms = Functions(endpoint.functions), round(time.time() * 1000)
    return (
        QueueMetrics(endpoint.sqs),
        FunctionMetrics(functions, LogTail(endpoint.logs, since_ms=now_ms), RecordedMetrics(endpoint.cloudwatch)),
        EmbeddedMetrics(functions, LogTail(endpoint.logs, since_ms=now_ms, pattern=PATTERN)),
    )
