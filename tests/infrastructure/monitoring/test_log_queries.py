"""Saved queries cover the logs of all functions."""

import pytest

from stacks.monitoring.dashboard.saved_queries import MESSAGE_JOURNEY, QUERIES, LogQuery, saved_name
from tests.infrastructure.deployment import LOG_GROUP, Deployment, Resource

each_query = pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)

MAX_LENGTH = 10_000
"""Characters of a query (CloudWatch Logs, PutQueryDefinition: queryString)."""


def definitions(deployment: Deployment) -> dict[str, Resource]:
    return {each.properties["Name"]: each for each in deployment.resources("AWS::Logs::QueryDefinition")}


def test_every_query_is_saved_in_the_stages_folder(prod: Deployment) -> None:
    saved = {name: definition.properties["QueryString"] for name, definition in definitions(prod).items()}

    assert saved == {saved_name("prod", query.name): query.text for query in QUERIES}
    assert all(name.startswith("taly-async-prod/") for name in saved)


@each_query
def test_a_query_covers_the_logs_of_all_functions(prod: Deployment, query: LogQuery) -> None:
    definition = definitions(prod)[saved_name("prod", query.name)]

    groups = [prod.follow(definition.stack, name, LOG_GROUP) for name in definition.properties["LogGroupNames"]]

    assert sorted(map(repr, groups)) == sorted(map(repr, prod.function_log_groups()))
    assert len(query.text) <= MAX_LENGTH


def test_the_message_journey_query_has_one_placeholder_for_the_id() -> None:
    assert MESSAGE_JOURNEY.text.count("PUT-ITS-ID-HERE") == 1
