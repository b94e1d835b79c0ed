"""AWS quotas that bound throughput: defaults of an account in us-east-1, as of April 2026.

Other regions and new accounts have lower quotas; Service Quotas shows the values of an account.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One AWS quota."""

    name: str
    default: float
    unit: str
    source: str
    """The AWS page that states the quota."""

    remedy: str
    """The action to take if the quota is too low."""


_CAN_BE_RAISED = "request an increase in Service Quotas"

MAPPING_CONCURRENCY = Quota(
    name="Lambda, concurrency of one event source",
    default=1_000,
    unit="concurrent invocations",
    source="CloudFormation, AWS::Lambda::EventSourceMapping ScalingConfig: MaximumConcurrency",
    remedy="shorten the job; then use provisioned pollers, up to 20,000, instead of a maximum concurrency",
)

CONCURRENCY = Quota(
    name="Lambda, concurrency of the account",
    default=1_000,
    unit="concurrent invocations",
    source="Lambda, Quotas: concurrent executions",
    remedy=_CAN_BE_RAISED,
)

INVOCATIONS = Quota(
    name="Lambda, invocations",
    default=10_000,
    unit="a second",
    source="Lambda, Understanding function scaling: requests per second, ten times the concurrency",
    remedy="increases with the concurrency of the account",
)

PUT_EVENTS = Quota(
    name="EventBridge, PutEvents",
    default=10_000,
    unit="a second",
    source="EventBridge, Quotas: PutEvents throttle limit in transactions per second",
    remedy=_CAN_BE_RAISED,
)
"""The page counts requests of up to ten entries. Here each entry counts as one request, to be on the safe side."""

TARGETS = Quota(
    name="EventBridge, sends to targets",
    default=18_750,
    unit="a second",
    source="EventBridge, Quotas: invocations throttle limit in transactions per second",
    remedy=f"{_CAN_BE_RAISED}; events over the quota are delayed, not lost",
)

IN_FLIGHT = Quota(
    name="SQS, in flight on one queue",
    default=120_000,
    unit="messages",
    source="SQS, Standard queue quotas: messages per queue (in flight)",
    remedy="shorten batches; " + _CAN_BE_RAISED,
)

NEW_TABLE_WRITES = Quota(
    name="DynamoDB, a new table on demand",
    default=4_000,
    unit="writes a second",
    source="DynamoDB, On-demand capacity mode: initial throughput",
    remedy="the table adapts to twice the last peak within 30 minutes; or set its warm throughput in advance",
)

TABLE_WRITES = Quota(
    name="DynamoDB, one table",
    default=40_000,
    unit="writes a second",
    source="DynamoDB, Quotas: table-level write throughput",
    remedy=_CAN_BE_RAISED,
)

SCHEDULES_SET = Quota(
    name="Scheduler, schedules created",
    default=5_000,
    unit="a second",
    source="EventBridge Scheduler, Quotas: CreateSchedule request rate",
    remedy=_CAN_BE_RAISED,
)

SCHEDULES_DUE = Quota(
    name="Scheduler, schedules due",
    default=1_000,
    unit="a second",
    source="EventBridge Scheduler, Quotas: invocations throttle limit",
    remedy=_CAN_BE_RAISED,
)

MAIL_SANDBOX = Quota(
    name="SES, emails in the sandbox",
    default=1,
    unit="a second",
    source="SES, Service quotas: sending quotas",
    remedy="leave the sandbox; SES then sets a rate by account and raises it on request",
)

INITIAL_POLLERS = 5
"""Concurrent batches that Lambda starts with on an idle queue (Lambda, "Configuring scaling behavior for SQS")."""

POLLERS_PER_MINUTE = 300
"""Concurrent batches that Lambda adds per minute (Lambda, "Configuring scaling behavior for SQS")."""
