"""References from one stack to a queue of another stack."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct


def imported_queue(scope: Construct, construct_id: str, queue: sqs.IQueue) -> sqs.IQueue:
    """Import a queue with an ARN that is computed from the queue's name.

    Each attribute that another stack refers to takes one output, and CloudFormation allows a stack 200. Alarms need the
    name in any case, so a computed ARN saves one output for each queue and leaves room for more types.
    """
    arn = cdk.Stack.of(scope).format_arn(service="sqs", resource=queue.queue_name)
    return sqs.Queue.from_queue_attributes(
        scope, construct_id, queue_arn=arn, queue_name=queue.queue_name, queue_url=queue.queue_url
    )
