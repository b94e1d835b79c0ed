"""Visibility timeouts, computed from the timeouts of the functions that receive."""

import aws_cdk as cdk

BATCHING_WINDOW = 0
"""Seconds that Lambda waits for a batch to fill; 0, so that no message is delayed."""

_DELETION_MARGIN = 10
"""Seconds for a deletion that the function sent just before its timeout to arrive at SQS."""


def visibility_timeout(function_timeout: int) -> cdk.Duration:
    """Return six times the function's timeout plus the batching window, as Lambda's guide for SQS asks.

    With less, a message could become visible again while it is still being processed or throttled.

    Args:
        function_timeout: seconds.
    """
    return cdk.Duration.seconds(6 * function_timeout + BATCHING_WINDOW)


def drained_visibility_timeout(function_timeout: int) -> cdk.Duration:
    """Return the visibility timeout for a scheduled function that receives messages itself: the length of one run.

    The factor of six is for Lambda's event source mapping, which receives before it invokes, and retries when
    throttled. A scheduled function is already running when it receives, and unprocessed messages must be visible to the
    next run, a minute later.

    Args:
        function_timeout: seconds.
    """
    return cdk.Duration.seconds(function_timeout + _DELETION_MARGIN)
