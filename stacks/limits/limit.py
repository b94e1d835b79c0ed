"""AWS's limits that a growing catalogue comes near to."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A limit on one resource, or on a stack's template."""

    name: str
    """Noun that follows a figure, such as `resources` in `501 resources`."""

    allowed: int
    """The limit in an account that has not requested more."""

    source: str
    """The AWS page that states the limit."""

    remedy: str
    """Action to take before the limit is reached."""

    maximum: int | None = None
    """The highest value that AWS raises the limit to on request; None: it cannot be raised."""

    per_type: bool = True
    """Whether each type of the catalogue takes a part of it."""


class Use(NamedTuple):
    """A stage's use of a limit at one place."""

    limit: Limit
    figure: int
    stack: str
    resource: str = ""
    """The resource's logical id; empty for the template as a whole."""

    @property
    def share(self) -> float:
        """The used part of the highest possible limit: more than 1 is refused by AWS."""
        return self.figure / (self.limit.maximum or self.limit.allowed)

    @property
    def needs_request(self) -> bool:
        """Whether AWS takes it only after the limit was raised on request."""
        return self.limit.allowed < self.figure and self.share <= 1

    def sentence(self, types: int) -> str:
        """Say what is used, what is allowed, about how many of the types fit, and what to do."""
        limit = self.limit
        place = f"{self.resource} of stack {self.stack}" if self.resource else f"stack {self.stack}"
        allowed = f"{limit.maximum or limit.allowed:,}"
        if self.needs_request:
            allowed = f"{limit.allowed:,} in an account that has not requested more"
        fit = f"about {int(types / self.share)} of the {types} types fit. " if limit.per_type and self.share > 1 else ""
        return (
            f"{place} has {self.figure:,} {limit.name}, and AWS takes {allowed} ({limit.source}): {fit}{limit.remedy}"
        )


_SPLIT = "Move constructs of this stack to a stack of their own, in `app.py`"
_SPLIT_ALARMS = "Give fewer types an objective, or split the dashboard (`stacks/monitoring/dashboard`)"
_GRANTS = "Give the type fewer needs, or let it emit fewer types"
_PRODUCERS = "Name accounts or organisations in `producers` instead of single roles"

RESOURCES = Limit(
    name="resources",
    allowed=500,
    source="CloudFormation quotas: resources in a template",
    remedy=_SPLIT,
)

TEMPLATE_BYTES = Limit(
    name="bytes of template",
    allowed=1_000_000,
    source="CloudFormation quotas: size of a template in S3",
    remedy=_SPLIT,
)

OUTPUTS = Limit(
    name="outputs",
    allowed=200,
    source="CloudFormation quotas: outputs in a template",
    remedy="Refer to resources by name (`schemas/names.py`) instead of by output",
)

ROLE_POLICIES = Limit(
    name="characters of inline policies for one role",
    allowed=10_240,
    source="IAM quotas: aggregate size of a role's inline policies",
    remedy=_GRANTS,
)

MANAGED_POLICY = Limit(
    name="characters of managed policy",
    allowed=6_144,
    source="IAM quotas: size of a managed policy",
    remedy="Grant by a name pattern instead of by queue (`schemas/names.py`)",
)

FUNCTION_ENVIRONMENT = Limit(
    name="bytes of environment variables",
    allowed=4_096,
    source="Lambda quotas: environment variables",
    remedy="Compute names (`schemas/names.py`) instead of passing them",
)

QUEUE_POLICY_STATEMENTS = Limit(
    name="statements of queue policy",
    allowed=20,
    source="SQS quotas: statements of a policy",
    remedy=_PRODUCERS,
    per_type=False,
)

QUEUE_POLICY_BYTES = Limit(
    name="bytes of queue policy",
    allowed=8_192,
    source="SQS quotas: bytes of a policy",
    remedy=_PRODUCERS,
    per_type=False,
)

BUS_POLICY = Limit(
    name="characters of bus policy",
    allowed=10_240,
    source="EventBridge quotas: event bus policy size",
    remedy=_PRODUCERS,
    per_type=False,
)

RULES = Limit(
    name="rules on the bus",
    allowed=300,
    source="EventBridge quotas: number of rules",
    remedy="Request more in Service Quotas (EventBridge, `Number of rules`) and raise the figure in "
    "`stacks/limits/limit.py`",
)
"""100 in af-south-1 and eu-south-1."""

PATTERN = Limit(
    name="characters of event pattern",
    allowed=2_048,
    source="EventBridge quotas: event pattern size",
    remedy="Request more in Service Quotas (EventBridge, `Event pattern size`, L-664C5505) before the deploy, or "
    "shorten the types' names",
    maximum=4_096,
)
"""The pattern of the catch-all rule lists all types. The API takes 4,096 characters at most (PutRule: EventPattern)."""

COMPOSITE_CHILDREN = Limit(
    name="alarms in a composite alarm",
    allowed=100,
    source="CloudWatch, PutCompositeAlarm: underlying alarms",
    remedy="Let the composite alarm ask two composite alarms of half the types each",
)

COMPOSITE_RULE = Limit(
    name="characters of alarm rule",
    allowed=10_240,
    source="CloudWatch, PutCompositeAlarm: AlarmRule",
    remedy="Let the composite alarm ask two composite alarms of half the types each",
)

WIDGETS = Limit(
    name="widgets",
    allowed=500,
    source="CloudWatch quotas: dashboards",
    remedy=_SPLIT_ALARMS,
)

WIDGET_METRICS = Limit(
    name="metrics in one widget",
    allowed=500,
    source="CloudWatch quotas: dashboards",
    remedy=_SPLIT_ALARMS,
)

DASHBOARD_METRICS = Limit(
    name="metrics in all widgets",
    allowed=2_500,
    source="CloudWatch quotas: dashboards",
    remedy=_SPLIT_ALARMS,
)

WIDGET_ALARMS = Limit(
    name="alarms in one widget",
    allowed=100,
    source="CloudWatch, Dashboard body structure: alarm widgets",
    remedy=_SPLIT_ALARMS,
)

QUERY_LOG_GROUPS = Limit(
    name="log groups in one query",
    allowed=50,
    source="CloudWatch Logs, StartQuery: logGroupNames",
    remedy="Split the query (`stacks/monitoring/dashboard/saved_queries.py`)",
)
