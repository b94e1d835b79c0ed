"""AWS prices in us-east-1, in dollars, from AWS's pricing pages as of April 2026.

Free tiers are left out: an account has one for all its workloads.
"""

ALARM_METRIC = 0.10
"""A month for each metric of a standard-resolution alarm (CloudWatch, "Alarms")."""

COMPOSITE_ALARM = 0.50
"""A month."""

CUSTOM_METRIC = 0.30
"""A month, for the first 10,000 metrics."""

DASHBOARD = 3.00
"""A month."""

KEY = 1.00
"""A month for a customer-managed KMS key."""

SECRET = 0.40
"""A month."""

LAMBDA_GB_SECOND = 0.0000133334
"""On arm64 (Lambda, "Pricing", first tier)."""

LAMBDA_REQUEST = 0.20 / 1_000_000
"""One invocation of a function."""

SCHEDULE = 1.00 / 1_000_000
"""One invocation by EventBridge Scheduler; creating, updating and deleting schedules is free."""

EVENT = 1.00 / 1_000_000
"""A custom event of up to 64 KB, put on a bus (EventBridge, "Custom events").

SES's events count as much: a configuration set asks for them, and they are about mails, so that they are taken for "AWS
opt-in data events". Only management events, which services send of themselves, are free.

Delivery to a queue of the same account is free, except for the SQS request.
"""

ARCHIVED_BYTE = 0.10 / 1024**3
"""Writing a byte to an archive (EventBridge, "Archive and replay")."""

ARCHIVED_BYTE_MONTH = 0.023 / 1024**3
"""Storing a byte in an archive for a month."""

SQS_REQUEST = (0.40 + 0.10) / 1_000_000
"""A request of up to 64 KB to a standard queue, with the surcharge for fair queues (SQS, "Pricing")."""

DYNAMODB_WRITE = 0.625 / 1_000_000
"""A write request unit on demand, up to 1 KB (DynamoDB, "On-Demand"); deletion of expired items is free."""

DYNAMODB_READ = 0.125 / 1_000_000
"""A read request unit on demand: a strongly consistent read of up to 4 KB (DynamoDB, "On-Demand")."""

DYNAMODB_EVENTUAL_READ = DYNAMODB_READ / 2
"""An eventually consistent read of up to 4 KB is half a unit (DynamoDB, "On-Demand")."""

DYNAMODB_BYTE_MONTH = 0.25 / 1024**3
"""Storing a byte for a month."""

DYNAMODB_BACKUP_BYTE_MONTH = 0.20 / 1024**3
"""Continuous backups of a byte for a month, for point-in-time recovery (DynamoDB, "Backup and restore")."""

LOG_BYTE = 0.50 / 1024**3
"""Ingestion of a byte by CloudWatch Logs (CloudWatch, "Logs", standard class)."""

INSIGHTS_BYTE = 0.005 / 1024**3
"""A byte that a query of CloudWatch Logs Insights scans (CloudWatch, "Logs"); FilterLogEvents costs nothing."""

TRANSFER_BYTE = 0.09 / 1024**3
"""A byte that leaves AWS for the internet (EC2 On-Demand, "Data Transfer", first tier)."""

TRACE = 5.00 / 1_000_000
"""A trace recorded by X-Ray."""
