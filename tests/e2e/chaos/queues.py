"""Operations on queues and functions that bring about failures."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from local.polling import poll
from ops.stage.endpoint import Endpoint

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

VISIBILITY_TIMEOUT = 18
"""Seconds, instead of the 30 s that are six times the functions' timeout of 5 s: crashed messages return sooner.

A function that hangs is killed after 7 s.
"""

_SECONDS = 30


def set_visibility_timeout(endpoint: Endpoint, queue_url: str, seconds: int) -> None:
    """Set the visibility timeout of a queue."""
    endpoint.sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"VisibilityTimeout": str(seconds)})


@contextmanager
def paused(endpoint: Endpoint, *queue_urls: str) -> Iterator[None]:
    """Disable the event source mappings of these queues during the block, so that the queues fill."""
    mappings = [_mapping(endpoint, url) for url in queue_urls]
    for mapping in mappings:
        _enable(endpoint, mapping["UUID"], enabled=False)
    try:
        yield
    finally:
        for mapping in mappings:
            _enable(endpoint, mapping["UUID"], enabled=True)


def set_handler(endpoint: Endpoint, queue_url: str, handler: str) -> str:
    """Set the handler of a queue's function; returns the previous handler."""
    name = _mapping(endpoint, queue_url)["FunctionArn"]
    before = endpoint.functions.get_function_configuration(FunctionName=name)["Handler"]
    endpoint.functions.update_function_configuration(FunctionName=name, Handler=handler)
    return str(before)


def waiting(endpoint: Endpoint, *queue_urls: str) -> int:
    """The number of messages in these queues, visible, delayed or in flight."""
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
