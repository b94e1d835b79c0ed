"""How long a function may take, and so how long a message that it received stays hidden from others."""

import aws_cdk as cdk

BATCHING_WINDOW = 0
"""Seconds that Lambda waits for a batch to fill: nobody waits where a message is there."""

_ON_ITS_WAY = 10
"""Seconds that a deletion may still be on its way to SQS when its function's time is up."""


def visibility_timeout(function_timeout: int) -> cdk.Duration:
    """Six times the function's timeout plus the batching window, as Lambda's guide for SQS asks.

    Less, and a message that is still worked on, or throttled, shows itself a second time.

    Args:
        function_timeout: seconds.
    """
    return cdk.Duration.seconds(6 * function_timeout + BATCHING_WINDOW)


def drained_visibility_timeout(function_timeout: int) -> cdk.Duration:
    """What a function that receives by itself hides from the next run: as long as its own can last.

    Six times that is for what Lambda's event source mapping does: it receives first and invokes when it can, again and
    again where it is throttled. Here who receives is already running, and what it leaves is to come back in the next
    minute, not in five.

    Args:
        function_timeout: seconds.
    """
    return cdk.Duration.seconds(function_timeout + _ON_ITS_WAY)
