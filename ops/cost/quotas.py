"""AWS's quotas as far as throughput goes by them: defaults of an account in us-east-1, as of April 2026.

Other regions have less, and a new account too: Service Quotas tells what yours has.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One quota of AWS's."""

    name: str
    default: float
    unit: str
    source: str
    """AWS's page that states it."""

    way_out: str
    """What to do where it is too small."""


_CAN_BE_RAISED = "ask for more in Service Quotas"

MAPPING_CONCURRENCY = Quota(
    name="Lambda, concurrency of one event source",
    default=1_000,
    unit="invocations at a time",
    source="CloudFormation, AWS::Lambda::EventSourceMapping ScalingConfig: MaximumConcurrency",
    way_out="make the job shorter; then provisioned pollers, up to 20,000, in the place of a maximum concurrency",
)

CONCURRENCY = Quota(
    name="Lambda, concurrency of the account",
    default=1_000,
    unit="invocations at a time",
    source="Lambda, Quotas: concurrent executions",
    way_out=_CAN_BE_RAISED,
)

INVOCATIONS = Quota(
    name="Lambda, invocations",
    default=10_000,
    unit="a second",
    source="Lambda, Understanding function scaling: requests per second, ten times the concurrency",
    way_out="it grows with the account's concurrency",
)

PUT_EVENTS = Quota(
    name="EventBridge, PutEvents",
    default=10_000,
    unit="a second",
    source="EventBridge, Quotas: PutEvents throttle limit in transactions per second",
    way_out=_CAN_BE_RAISED,
)
"""The page counts requests, of up to ten entries each. Here each entry counts as one: the safe side."""

TARGETS = Quota(
    name="EventBridge, sends to targets",
    default=18_750,
    unit="a second",
    source="EventBridge, Quotas: invocations throttle limit in transactions per second",
    way_out=f"{_CAN_BE_RAISED}; what is over it comes late, and is not lost",
)

IN_FLIGHT = Quota(
    name="SQS, in flight on one queue",
    default=120_000,
    unit="messages",
    source="SQS, Standard queue quotas: messages per queue (in flight)",
    way_out="make batches shorter; " + _CAN_BE_RAISED,
)

NEW_TABLE_WRITES = Quota(
    name="DynamoDB, a new table on demand",
    default=4_000,
    unit="writes a second",
    source="DynamoDB, On-demand capacity mode: initial throughput",
    way_out="it follows the load, to twice the last peak within 30 minutes; or set the table's warm throughput before",
)

TABLE_WRITES = Quota(
    name="DynamoDB, one table",
    default=40_000,
    unit="writes a second",
    source="DynamoDB, Quotas: table-level write throughput",
    way_out=_CAN_BE_RAISED,
)

SCHEDULES_SET = Quota(
    name="Scheduler, schedules set",
    default=5_000,
    unit="a second",
    source="EventBridge Scheduler, Quotas: CreateSchedule request rate",
    way_out=_CAN_BE_RAISED,
)

SCHEDULES_DUE = Quota(
    name="Scheduler, schedules due",
    default=1_000,
    unit="a second",
    source="EventBridge Scheduler, Quotas: invocations throttle limit",
    way_out=_CAN_BE_RAISED,
)

MAIL_SANDBOX = Quota(
    name="SES, mail, while in the sandbox",
    default=1,
    unit="a second",
    source="SES, Service quotas: sending quotas",
    way_out="leave the sandbox; then SES sets the rate by account, and raises it when asked",
)

POLLERS_AT_FIRST = 5
"""Batches at a time that Lambda takes from a queue that wakes (Lambda, "Configuring scaling behavior for SQS")."""

POLLERS_A_MINUTE = 300
"""More of them each minute (likewise)."""
