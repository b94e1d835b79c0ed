"""Policies for people: the actions that a stage allows its viewers, operators and deployers."""

from collections.abc import Mapping
from enum import StrEnum


class StagePolicy(StrEnum):
    """A managed policy that a stage creates for people, by the last word of its name; each includes the viewer's."""

    VIEWER = "viewer"
    """Counts, alarms, outcome lines and settings; nothing that shows a payload or a secret."""

    OPERATOR = "operator"
    """Dead letters, schedules, replays, pauses, and messages sent or run by hand; these show payloads."""

    DEPLOYER = "deployer"
    """`cdk deploy` by the roles of `cdk bootstrap`, storing secrets, and the drill."""


class PolicyScope(StrEnum):
    """The resources on which a policy for people allows actions."""

    ACCOUNT = "actions for which AWS defines no resource, or that list"
    QUEUES = "all queues of the stage"
    INGRESS = "the ingress queue"
    DRILLS_DEAD_LETTERS = "the dead-letter queue of heartbeats"
    LOGS = "log groups of the stage"
    AUDIT_LOG = "the audit log"
    DASHBOARD = "the dashboard"
    STACKS = "the stage's stacks"
    BUS = "the bus"
    RULES = "the rules of the bus"
    BUS_AS_OPERATOR = "the bus, for events of operators"
    ARCHIVE = "the archive"
    REPLAYS = "replays that `taly-async` starts"
    REPLAYED = "archive, bus and replays"
    SCHEDULES = "the stage's schedules"
    HEALTH = "what the idempotency table says about called systems"
    CAUSES = "the table of causes"
    FUNCTIONS = "the stage's functions"
    MAPPINGS = "event source mappings of the stage's functions"
    TAGGED_MAPPINGS = "event source mappings that the stage created"
    PAUSE_TAGS = "tags about pauses of these"
    MAIL_IDENTITIES = "identities of SES"
    TOPICS = "the stage's topics"
    PARAMETERS = "the stage's parameters, and the version of `cdk bootstrap`"
    SECRETS = "the stage's secrets"
    BOOTSTRAP_ROLES = "the roles of `cdk bootstrap`"


OPERATORS_SOURCE = "taly.ops"
"""The source of messages that operators send by hand; operators put events with no other source on the bus."""

Grants = Mapping[PolicyScope, tuple[str, ...]]
"""Actions in IAM's form, such as `sqs:SendMessage`, by the resources on which they are allowed."""

_VIEWER: Grants = {
    PolicyScope.ACCOUNT: (
        # AWS shows composite alarms only to those who may describe all alarms (CloudWatch API, DescribeAlarms and
        # DescribeAlarmHistory).
        "cloudwatch:DescribeAlarmHistory",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "cloudwatch:ListDashboards",
        "cloudwatch:ListMetrics",
        "events:ListArchives",
        "events:ListReplays",
        "events:ListRules",
        "lambda:GetAccountSettings",
        "lambda:ListEventSourceMappings",
        "logs:DescribeLogGroups",
        "logs:DescribeQueryDefinitions",
        # A query's id is known only to the person who started it: DescribeQueries, which lists those of others, is not
        # allowed.
        "logs:GetQueryResults",
        "logs:StopQuery",
        "scheduler:ListSchedules",
        "servicequotas:GetAWSDefaultServiceQuota",
        "servicequotas:GetServiceQuota",
        "ses:GetAccount",
        "sns:GetSMSAttributes",
        "sns:GetSMSSandboxAccountStatus",
        "sns:ListOriginationNumbers",
        "sqs:ListQueues",
    ),
    PolicyScope.QUEUES: ("sqs:GetQueueAttributes", "sqs:GetQueueUrl"),
    PolicyScope.LOGS: ("logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery"),
    PolicyScope.DASHBOARD: ("cloudwatch:GetDashboard",),
    PolicyScope.STACKS: ("cloudformation:DescribeStackEvents", "cloudformation:DescribeStacks"),
    PolicyScope.BUS: ("events:DescribeEventBus",),
    PolicyScope.RULES: ("events:ListTargetsByRule",),
    PolicyScope.ARCHIVE: ("events:DescribeArchive",),
    PolicyScope.REPLAYS: ("events:DescribeReplay",),
    PolicyScope.HEALTH: ("dynamodb:BatchGetItem", "dynamodb:GetItem"),
    # Of a cause the table keeps codes, figures, tenants and a redacted text, and nothing of a payload.
    PolicyScope.CAUSES: ("dynamodb:Scan",),
    PolicyScope.FUNCTIONS: ("lambda:GetFunctionConfiguration", "lambda:GetFunctionRecursionConfig"),
    PolicyScope.TAGGED_MAPPINGS: ("lambda:ListTags",),
    PolicyScope.MAIL_IDENTITIES: ("ses:GetEmailIdentity",),
    PolicyScope.TOPICS: ("sns:ListSubscriptionsByTopic",),
    PolicyScope.PARAMETERS: ("ssm:GetParameter",),
    PolicyScope.SECRETS: ("secretsmanager:DescribeSecret",),
}

_TAKE_OUT = ("sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage")

_OPERATOR: Grants = {
    # From the queue of a paused type, `taly-async try` takes one message.
    PolicyScope.QUEUES: ("sqs:SendMessage", *_TAKE_OUT),
    PolicyScope.AUDIT_LOG: ("logs:CreateLogStream", "logs:PutLogEvents"),
    PolicyScope.BUS_AS_OPERATOR: ("events:PutEvents",),
    PolicyScope.REPLAYED: ("events:StartReplay",),
    PolicyScope.REPLAYS: ("events:CancelReplay",),
    # Besides the time, GetSchedule shows the message.
    PolicyScope.SCHEDULES: ("scheduler:DeleteSchedule", "scheduler:GetSchedule"),
    PolicyScope.CAUSES: ("dynamodb:PutItem",),
    PolicyScope.FUNCTIONS: ("lambda:InvokeFunction",),
    PolicyScope.MAPPINGS: ("lambda:UpdateEventSourceMapping",),
    PolicyScope.PAUSE_TAGS: ("lambda:TagResource", "lambda:UntagResource"),
}

_DEPLOYER: Grants = {
    PolicyScope.INGRESS: ("sqs:SendMessage",),
    PolicyScope.DRILLS_DEAD_LETTERS: _TAKE_OUT,
    PolicyScope.SECRETS: ("secretsmanager:PutSecretValue",),
    PolicyScope.BOOTSTRAP_ROLES: ("sts:AssumeRole",),
}


def _with_the_viewers(own: Grants) -> Grants:
    scopes = [scope for scope in PolicyScope if scope in _VIEWER or scope in own]
    return {scope: (*_VIEWER.get(scope, ()), *own.get(scope, ())) for scope in scopes}


GRANTS: Mapping[StagePolicy, Grants] = {
    StagePolicy.VIEWER: _VIEWER,
    StagePolicy.OPERATOR: _with_the_viewers(_OPERATOR),
    StagePolicy.DEPLOYER: _with_the_viewers(_DEPLOYER),
}


def policy_that_allows(operation: str) -> StagePolicy | None:
    """Return the least policy that allows an operation of an AWS API, such as `ReceiveMessage`; None for none does.

    IAM has one action for single and batch requests, and names that of Invoke after its resource.
    """
    name = "InvokeFunction" if operation == "Invoke" else operation.removesuffix("Batch")
    for policy, grants in GRANTS.items():
        if any(action.partition(":")[2] == name for actions in grants.values() for action in actions):
            return policy
    return None
