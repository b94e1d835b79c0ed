"""Addresses of the AWS console, for the dashboard, the stacks' outputs and the notifier's cards."""

_DOMAINS = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}
"""Domains of partitions other than `aws`, by the beginning of their regions' names."""


def console_url(region: str, service: str) -> str:
    """Return the address of a service's console in a region; append a fragment such as `#alarmsV2:`.

    Args:
        region: the region. One that is known only when a stack is deployed counts as one of partition `aws`.
        service: the service and its version, as in the path: `cloudwatch`, `sqs/v3`.
    """
    domain = next((domain for prefix, domain in _DOMAINS.items() if region.startswith(f"{prefix}-")), None)
    return f"https://{region}.{domain or 'console.aws.amazon.com'}/{service}/home?region={region}"
