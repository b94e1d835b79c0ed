"""What AWS asks a month for what stands there, in us-east-1: the AWS pricing pages as of April 2026.

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

GB_SECOND = 0.0000133334
"""Lambda on arm64."""

REQUEST = 0.0000002
"""One invocation of a function."""

SCHEDULE = 0.000001
"""One start by EventBridge Scheduler."""
