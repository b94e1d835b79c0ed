"""Saved queries, over the logs of all functions."""

import pytest

from stacks.monitoring.dashboard.saved_queries import A_MESSAGES_JOURNEY, QUERIES, LogQuery, saved_name
from tests.infrastructure.deployment import Deployment, Resource

each_query = pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)

LONGEST = 10_000
"""Characters of a query (CloudWatch Logs, PutQueryDefinition: queryString)."""

MOST_LOG_GROUPS = 50
"""That one query may go over (CloudWatch Logs quotas)."""


def definitions(deployment: Deployment) -> dict[str, Resource]:
    return {each.properties["Name"]: each for each in deployment.resources("AWS::Logs::QueryDefinition")}


def test_every_query_is_saved_in_the_stages_folder(prod: Deployment) -> None:
    saved = {name: definition.properties["QueryString"] for name, definition in definitions(prod).items()}

    assert saved == {saved_name("prod", query.name): query.text for query in QUERIES}
    assert all(name.startswith("taly-async-prod/") for name in saved)


@each_query
def test_a_query_goes_over_the_logs_of_all_functions(prod: Deployment, query: LogQuery) -> None:
    definition = definitions(prod)[saved_name("prod", query.name)]

    groups = [prod.follow(definition.stack, name) for name in definition.properties["LogGroupNames"]]

    assert sorted(map(repr, groups)) == sorted(map(repr, prod.function_log_groups()))
    assert len(groups) <= MOST_LOG_GROUPS
    assert len(query.text) <= LONGEST


def test_a_messages_journey_says_where_its_id_belongs() -> None:
    assert A_MESSAGES_JOURNEY.text.count("PUT-ITS-ID-HERE") == 1
