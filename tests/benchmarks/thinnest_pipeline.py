"""The thinnest pipeline that AWS allows, next to ours on the same emulator: bus, one rule, queue, function.

It has no dead-letter queues, no archive, no retries, and one rule on the bus instead of one for each type. The
additional time of ours is the cost of our features.
"""

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.polling import poll
from ops.stage.endpoint import Endpoint

_HANDLER = Path(__file__).parent / "handlers" / "thinnest.py"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The entry of a pipeline, and the log of its function."""

    bus_name: str
    log_group: str


def deploy(
    endpoint: Endpoint, name: str, *, detail_type: str, max_concurrency: int, other_types: Iterable[str] = ()
) -> Pipeline:
    """Deploy the pipeline by boto3; it ends with the emulator.

    Args:
        endpoint: the emulator.
        name: the name of all its resources.
        detail_type: the type of the events that its rule matches.
        max_concurrency: concurrent invocations of its function, as many as ours has.
        other_types: types for further rules that match none of the events.
    """
    iam, events, sqs, functions = (endpoint.client(service) for service in ("iam", "events", "sqs", "lambda"))
    trust: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    queue_url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.create_event_bus(Name=name)
    for rule, type_name in {name: detail_type, **{f"{name}-{other}": other for other in other_types}}.items():
        events.put_rule(Name=rule, EventBusName=name, EventPattern=json.dumps({"detail-type": [type_name]}))
        target = {"Id": name, "Arn": queue, "InputPath": "$.detail"}
        events.put_targets(Rule=rule, EventBusName=name, Targets=[target])
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler=f"{_HANDLER.stem}.handler",
        Code={"ZipFile": _zipped(_HANDLER)},
        Timeout=5,
    )
    poll(lambda: _is_active(functions, name), what=f"the function {name}", seconds=30)
    functions.create_event_source_mapping(
        EventSourceArn=queue, FunctionName=name, BatchSize=10, ScalingConfig={"MaximumConcurrency": max_concurrency}
    )
    return Pipeline(name, f"/aws/lambda/{name}")


def _is_active(functions: Any, name: str) -> bool | None:
    state = functions.get_function(FunctionName=name)["Configuration"].get("State", "Active")
    return state == "Active" or None


def _zipped(module: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.write(module, module.name)
    return buffer.getvalue()
