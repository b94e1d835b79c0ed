"""What the people of the infra team can do to a queue and its function, here to bring trouble about."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from local.polling import poll
from ops.stage.endpoint import Endpoint

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

HIDDEN_SECONDS = 18
"""In place of 30, six times the functions' five seconds: what crashes comes again sooner. A function that hangs is
killed after seven.
"""

_SECONDS = 30


def hide_for(endpoint: Endpoint, queue_url: str, seconds: int) -> None:
    """Set a queue's visibility timeout: so long what was received and not settled stays away."""
    endpoint.sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"VisibilityTimeout": str(seconds)})


@contextmanager
def paused(endpoint: Endpoint, *queue_urls: str) -> Iterator[None]:
    """Let queues fill during the block; their functions are not called."""
    mappings = [_mapping(endpoint, url) for url in queue_urls]
    for mapping in mappings:
        _enable(endpoint, mapping["UUID"], enabled=False)
    try:
        yield
    finally:
        for mapping in mappings:
            _enable(endpoint, mapping["UUID"], enabled=True)


def set_handler(endpoint: Endpoint, queue_url: str, handler: str) -> str:
    """Let a queue's function be called elsewhere in its code; gives where it was called before."""
    name = _mapping(endpoint, queue_url)["FunctionArn"]
    before = endpoint.functions.get_function_configuration(FunctionName=name)["Handler"]
    endpoint.functions.update_function_configuration(FunctionName=name, Handler=handler)
    return str(before)


def waiting(endpoint: Endpoint, *queue_urls: str) -> int:
    """How many messages are in queues, be they visible, delayed or in somebody's hands."""
    names: list[QueueAttributeNameType] = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
    ]
    answers = (endpoint.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names) for url in queue_urls)
    return sum(int(count) for answer in answers for count in answer["Attributes"].values())


def _enable(endpoint: Endpoint, uuid: str, *, enabled: bool) -> None:
    endpoint.functions.update_event_source_mapping(UUID=uuid, Enabled=enabled)
    wanted = "Enabled" if enabled else "Disabled"
    poll(
        lambda: endpoint.functions.get_event_source_mapping(UUID=uuid)["State"] == wanted,
        what=f"the event source mapping to be {wanted}",
        seconds=_SECONDS,
        every=0.1,
    )


def _mapping(endpoint: Endpoint, queue_url: str) -> dict[str, Any]:
    attributes = endpoint.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]
    mappings = endpoint.functions.list_event_source_mappings()["EventSourceMappings"]
    (found,) = (mapping for mapping in mappings if mapping["EventSourceArn"] == attributes["QueueArn"])
    return dict(found)
