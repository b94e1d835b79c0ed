"""A queue as another stack sees it."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct


def seen_from(scope: Construct, construct_id: str, queue: sqs.IQueue) -> sqs.IQueue:
    """The queue with an ARN that is made of its name, which alarms need as well.

    Each attribute that another stack refers to is an output of the queue's own, and CloudFormation allows a stack 200
    of them: by name and URL alone there is room for more types than by name, URL and ARN.
    """
    arn = cdk.Stack.of(scope).format_arn(service="sqs", resource=queue.queue_name)
    return sqs.Queue.from_queue_attributes(
        scope, construct_id, queue_arn=arn, queue_name=queue.queue_name, queue_url=queue.queue_url
    )
