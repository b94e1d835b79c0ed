"""What people ask the logs: saved queries, some of which are tables on the dashboard too."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_logs as logs
from constructs import Construct

from schemas.reasons import Outcome
from stacks.stage import Stage

_FAILED = f'filter outcome in ["{Outcome.RETRYING}", "{Outcome.DEAD_LETTERED}"]'


@dataclass(frozen=True, slots=True)
class LogQuery:
    """One question to the lines that functions write of each delivery (`lambdas/common/batch/telemetry.py`)."""

    name: str
    text: str
    """In the query language of CloudWatch Logs Insights."""


OUTCOMES_BY_TYPE = LogQuery(
    "outcomes by type",
    """\
filter ispresent(outcome)
| stats count(*) as deliveries, count_distinct(id) as messages by type, outcome
| sort type asc
| limit 500""",
)

FAILURES_BY_FINGERPRINT = LogQuery(
    "failures by fingerprint",
    f"""\
{_FAILED}
| stats count(*) as deliveries, count_distinct(id) as messages, count_distinct(company_id) as tenants,
    min(@timestamp) as since, max(@timestamp) as until, latest(detail) as said
    by service, outcome, reason, error, frame, fingerprint
| sort deliveries desc
| limit 100""",
)

# It is looked for as text: its parent's line lists it among the follow-ups, and its children's name it as their cause.
A_MESSAGES_JOURNEY = LogQuery(
    "one message's journey",
    """\
fields @timestamp, service, outcome, attempt, receive_count, delay, duration_ms, reason, error, detail, id, causation_id
| filter @message like "PUT-ITS-ID-HERE"
| sort @timestamp asc
| limit 1000""",
)

SLOWEST = LogQuery(
    "slowest",
    """\
filter ispresent(duration_ms)
| fields @timestamp, service, outcome, duration_ms, attempt, id, company_id, error
| sort duration_ms desc
| limit 100""",
)

BY_TENANT = LogQuery(
    "by tenant",
    """\
filter ispresent(outcome) and ispresent(company_id)
| stats count(*) as deliveries, count_distinct(id) as messages by company_id, type
| sort deliveries desc
| limit 100""",
)

FAILURES_BY_TENANT = LogQuery(
    "failures by tenant",
    f"""\
{_FAILED}
| stats count(*) as deliveries, count_distinct(id) as messages, max(@timestamp) as until
    by company_id, service, outcome
| sort messages desc
| limit 100""",
)

QUERIES = (OUTCOMES_BY_TYPE, FAILURES_BY_FINGERPRINT, A_MESSAGES_JOURNEY, SLOWEST, BY_TENANT, FAILURES_BY_TENANT)


def saved_name(stage: str, query: str) -> str:
    """A query's name in the console, where what stands before the slash is a folder."""
    return f"taly-async-{stage}/{query}"


class SavedQueries(Construct):
    """The queries, in a folder of the stage's in the console."""

    def __init__(
        self, scope: Construct, construct_id: str, *, log_groups: Sequence[logs.ILogGroup], stage: Stage
    ) -> None:
        """Save each for these log groups."""
        super().__init__(scope, construct_id)
        for query in QUERIES:
            logs.CfnQueryDefinition(
                self,
                "".join(word.capitalize() for word in query.name.replace("'", "").split()),
                name=saved_name(stage.name, query.name),
                query_string=query.text,
                log_group_names=[group.log_group_name for group in log_groups],
            )


def cloudwatch_console(region: str) -> str:
    """CloudWatch's address in a region, to which a fragment such as `#alarmsV2:` is added."""
    return f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
