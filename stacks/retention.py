"""Log retention, and removal policies of resources that hold data."""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs

from stacks.stage import Stage


def removal_policy(stage: Stage) -> cdk.RemovalPolicy:
    """Return the removal policy of resources that hold data.

    A stage with `retain` keeps them, unless the first deployment of a resource fails; other stages delete them.
    """
    return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if stage.retain else cdk.RemovalPolicy.DESTROY


def log_retention(stage: Stage) -> logs.RetentionDays:
    """Convert the stage's retention in days to the CDK's enumeration."""
    return _LOG_RETENTION[stage.log_retention_days]


_LOG_RETENTION = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}
