"""How long a function may take, and so how long a message that it received stays hidden from others."""

import aws_cdk as cdk

BATCHING_WINDOW = 0
"""Seconds that Lambda waits for a batch to fill: nobody waits where a message is there."""


def visibility_timeout(function_timeout: int) -> cdk.Duration:
    """Six times the function's timeout plus the batching window, as Lambda's guide for SQS asks.

    Less, and a message that is still worked on, or throttled, shows itself a second time.

    Args:
        function_timeout: seconds.
    """
    return cdk.Duration.seconds(6 * function_timeout + BATCHING_WINDOW)
