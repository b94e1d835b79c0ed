"""What usage costs in us-east-1, in dollars, by AWS's public price list. Free tiers and discounts are left out."""

_MILLION = 1_000_000

EVENT = 1.00 / _MILLION
"""A custom event of up to 64 KB, put on a bus."""

SQS_REQUEST = (0.40 + 0.10) / _MILLION
"""A request of up to 64 KB to a standard queue, with what fair queues add."""

LAMBDA_REQUEST = 0.20 / _MILLION
LAMBDA_GB_SECOND = 0.0000133334
"""On arm64."""

DYNAMODB_WRITE = 0.625 / _MILLION
"""A write request unit, on demand; the next: a read request unit."""

DYNAMODB_READ = 0.125 / _MILLION
LOG_BYTE = 0.50 / 1024**3
"""Taken in by CloudWatch Logs."""
