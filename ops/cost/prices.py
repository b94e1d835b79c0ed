"""What AWS asks for what stands there and for what is used, in us-east-1: its pricing pages as of April 2026.

No free tier is counted: an account has it once, for everything.
"""

ALARM_METRIC = 0.10
"""Dollars for each metric that a standard-resolution alarm watches (CloudWatch, "Alarms")."""

COMPOSITE_ALARM = 0.50
CUSTOM_METRIC = 0.30
"""Of the first 10,000."""

DASHBOARD = 3.00
KEY = 1.00
"""A customer-managed KMS key."""

SECRET = 0.40

LAMBDA_GB_SECOND = 0.0000133334
"""On arm64 (Lambda, "Pricing", first tier)."""

LAMBDA_REQUEST = 0.20 / 1_000_000
"""One invocation of a function."""

SCHEDULE = 1.00 / 1_000_000
"""One start by EventBridge Scheduler; setting, moving and calling off are free."""

EVENT = 1.00 / 1_000_000
"""A custom event of up to 64 KB, put on a bus (EventBridge, "Custom events"); what a rule delivers to a queue of the
same account is free, but for the queue's own request.
"""

ARCHIVED_BYTE = 0.10 / 1024**3
"""Taken into an archive (EventBridge, "Archive and replay"); the next: kept there for a month."""

ARCHIVED_BYTE_MONTH = 0.023 / 1024**3

SQS_REQUEST = (0.40 + 0.10) / 1_000_000
"""A request of up to 64 KB to a standard queue, and what fair queues add to it (SQS, "Pricing")."""

DYNAMODB_WRITE = 0.625 / 1_000_000
"""A write request unit on demand, up to 1 KB (DynamoDB, "On-Demand"); what expires is deleted for nothing."""

DYNAMODB_BYTE_MONTH = 0.25 / 1024**3
DYNAMODB_BACKUP_BYTE_MONTH = 0.20 / 1024**3
"""Continuous backups for point-in-time recovery (DynamoDB, "Backup and restore")."""

LOG_BYTE = 0.50 / 1024**3
"""Taken in by CloudWatch Logs (CloudWatch, "Logs", standard class)."""

TRACE = 5.00 / 1_000_000
"""Recorded by X-Ray."""
