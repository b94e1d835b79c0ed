"""The local stage has the resources of other stages, without those that the emulator does not support."""

from collections import Counter

from stacks.emulator.omissions import UNSUPPORTED_RESOURCES
from stacks.monitoring.dashboard.saved_queries import QUERIES
from tests.infrastructure.deployment import Deployment


def types(deployment: Deployment) -> Counter[str]:
    return Counter(resource.type for resource in deployment.resources())


def test_the_local_stage_has_no_unsupported_resource(local: Deployment) -> None:
    assert types(local).keys() & UNSUPPORTED_RESOURCES.keys() == set()


def test_the_local_stage_has_all_supported_resources_of_prod(local: Deployment, prod: Deployment) -> None:
    assert types(prod) - types(local) == {
        "AWS::CloudWatch::Alarm": 5,  # on the account's mail and texts, and on the schedule of the keeper
        "AWS::CloudWatch::CompositeAlarm": 1,
        "AWS::Events::Archive": 1,
        "AWS::Logs::QueryDefinition": len(QUERIES),
        "AWS::Scheduler::Schedule": 3,
    }
    assert types(local) - types(prod) == {}


def test_every_unsupported_type_has_a_reason() -> None:
    assert [name for name, reason in UNSUPPORTED_RESOURCES.items() if not reason.strip()] == []
