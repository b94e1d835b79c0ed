"""Saved CloudWatch Logs Insights queries; the dashboard shows some of them as tables."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import aws_logs as logs
from constructs import Construct

from schemas.reasons import MessageGroup, Outcome
from stacks.limits.limit import QUERY_LOG_GROUPS
from stacks.stage import Stage

_MAX_LOG_GROUPS = QUERY_LOG_GROUPS.allowed
"""Log groups in one query. A dashboard takes no pattern of names."""

_FAILED = f'filter outcome in ["{Outcome.RETRYING}", "{Outcome.DEAD_LETTERED}"]'


@dataclass(frozen=True, slots=True)
class LogQuery:
    """A query over the outcome lines that functions log for each delivery (`lambdas/common/batch/telemetry.py`)."""

    name: str
    text: str
    """The query, in the language of CloudWatch Logs Insights."""


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
    min(@timestamp) as since, max(@timestamp) as until, latest(detail) as said,
    latest(type) as of_type, latest(source) as of_source
    by service, outcome, reason, error, frame, fingerprint
| sort deliveries desc
| limit 100""",
)

WAITS = LogQuery(
    "waits by destination",
    f"""\
filter outcome = "{Outcome.DEFERRED}" and ispresent(destination)
| stats count(*) as deferrals, count_distinct(id) as messages, count_distinct(service) as types,
    count_distinct(company_id) as tenants, min(@timestamp) as since, max(@timestamp) as until, latest(detail) as said
    by destination
| sort messages desc
| limit 20""",
)

# A text search, because the id is in several fields: `id`, `causation_id` of its follow-ups, and `follow_ups` of the
# message that caused it.
MESSAGE_JOURNEY = LogQuery(
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

SKIPPED = LogQuery(
    "skipped",
    f"""\
filter outcome = "{Outcome.SKIPPED}"
| stats count(*) as messages, count_distinct(company_id) as tenants,
    min(@timestamp) as since, max(@timestamp) as until, latest(detail) as said
    by service
| sort messages desc
| limit 100""",
)

# An array's members are fields of their own; one line rarely has a second sentence.
LEFT_OUT = LogQuery(
    "left out of the CRM's answers",
    """\
filter ispresent(left_out.0)
| stats count(*) as deliveries, count_distinct(company_id) as tenants, max(@timestamp) as until
    by service, left_out.0, left_out.1
| sort deliveries desc
| limit 100""",
)

WITHOUT_TENANT_GROUP = LogQuery(
    "without the tenant's message group",
    f"""\
filter ispresent(message_group) and message_group != "{MessageGroup.TENANT}"
| stats count(*) as deliveries, count_distinct(company_id) as tenants,
    min(@timestamp) as since, max(@timestamp) as until
    by service, message_group
| sort deliveries desc
| limit 100""",
)

QUERIES = (
    OUTCOMES_BY_TYPE,
    FAILURES_BY_FINGERPRINT,
    WAITS,
    MESSAGE_JOURNEY,
    SLOWEST,
    BY_TENANT,
    FAILURES_BY_TENANT,
    SKIPPED,
    LEFT_OUT,
    WITHOUT_TENANT_GROUP,
)


def saved_name(stage: str, query: str) -> str:
    """Return a query's name in the console, which shows the part before the slash as a folder."""
    return f"taly-async-{stage}/{query}"


def in_parts(name: str, log_groups: Sequence[logs.ILogGroup]) -> Iterator[tuple[str, list[str]]]:
    """Yield the queries that together read all log groups: for each a name and the names of its log groups.

    The name is the given one if one query suffices, else it ends in `(1 of 2)` and so on.
    """
    names = [group.log_group_name for group in log_groups]
    parts = [names[start : start + _MAX_LOG_GROUPS] for start in range(0, len(names), _MAX_LOG_GROUPS)]
    for number, part in enumerate(parts, start=1):
        yield (name if len(parts) == 1 else f"{name} ({number} of {len(parts)})"), part


class SavedQueries(Construct):
    """The saved queries of a stage, in one folder of the console."""

    def __init__(
        self, scope: Construct, construct_id: str, *, log_groups: Sequence[logs.ILogGroup], stage: Stage
    ) -> None:
        """Save all queries, each over these log groups."""
        super().__init__(scope, construct_id)
        for query in QUERIES:
            for name, group_names in in_parts(query.name, log_groups):
                logs.CfnQueryDefinition(
                    self,
                    "".join(word.capitalize() for word in re.sub("[^a-z0-9 ]", "", name).split()),
                    name=saved_name(stage.name, name),
                    query_string=query.text,
                    log_group_names=group_names,
                )
