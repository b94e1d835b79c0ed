"""The queue of `taly-async redo` gets whole events of its own replays, and no other rule gets those."""

import json
from typing import Any

from schemas.identity import REMEMBERED_DAYS
from schemas.names import redo_replay_prefix
from tests.infrastructure.deployment import BUS, Deployment, Resource


def rule_of(deployment: Deployment) -> tuple[Resource, Any]:
    ((rule, target),) = deployment.rules_to(deployment.redo)
    return rule, target


def test_only_replays_of_redo_reach_its_queue_as_whole_events(deployment: Deployment) -> None:
    rule, target = rule_of(deployment)

    prefix = f"taly-async-{deployment.stage.name}-redo-"
    assert redo_replay_prefix(deployment.stage.name) == prefix
    assert rule.properties["EventPattern"] == {"replay-name": [{"prefix": prefix}]}
    assert deployment.follow(rule.stack, rule.properties["EventBusName"], BUS) == deployment.bus
    assert target.keys().isdisjoint({"InputPath", "InputTransformer", "Input"})


def test_no_one_but_this_rule_and_the_account_may_send_to_the_queue(deployment: Deployment) -> None:
    rule, _ = rule_of(deployment)

    (allowed,) = (each for each in deployment.queue_policy(deployment.redo) if each["Effect"] == "Allow")

    assert (allowed["Action"], allowed["Principal"]) == ("sqs:SendMessage", {"Service": "events.amazonaws.com"})
    source = allowed["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert source == {"Fn::GetAtt": [rule.logical_id, "Arn"]}


def test_copies_of_events_are_kept_for_a_day(deployment: Deployment) -> None:
    assert deployment.redo.properties["MessageRetentionPeriod"] == 24 * 3600 < REMEMBERED_DAYS * 24 * 3600


def test_the_emulator_keeps_redos_replays_from_every_other_rule(local: Deployment) -> None:
    redo, _ = rule_of(local)
    others = [
        rule for rule in local.resources("AWS::Events::Rule") if rule != redo and "EventBusName" in rule.properties
    ]

    excluded = [{"exists": False}, {"anything-but": {"prefix": "taly-async-local-redo-"}}]
    assert {json.dumps(rule.properties["EventPattern"]["replay-name"]) for rule in others} == {json.dumps(excluded)}


def test_only_the_emulator_needs_that(prod: Deployment) -> None:
    redo, _ = rule_of(prod)

    named = [rule for rule in prod.resources("AWS::Events::Rule") if "replay-name" in rule.properties["EventPattern"]]

    assert named == [redo]
