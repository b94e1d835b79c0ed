"""All that is measured in a local stage, over public APIs alone."""

import time

from local.clock.alarms.embedded_metrics import PATTERN, EmbeddedMetrics
from local.clock.alarms.functions import Functions
from local.clock.alarms.lambda_metrics import FunctionMetrics
from local.clock.alarms.recorded import RecordedMetrics
from local.clock.alarms.sources import Source
from local.clock.alarms.sqs_metrics import QueueMetrics
from local.log_tail import LogTail
from ops.stage.endpoint import Endpoint


def measured(endpoint: Endpoint) -> tuple[Source, ...]:
    """What measures it, from now on."""
    functions, now_ms = Functions(endpoint.functions), round(time.time() * 1000)
    return (
        QueueMetrics(endpoint.sqs),
        FunctionMetrics(functions, LogTail(endpoint.logs, since_ms=now_ms), RecordedMetrics(endpoint.cloudwatch)),
        EmbeddedMetrics(functions, LogTail(endpoint.logs, since_ms=now_ms, pattern=PATTERN)),
    )
