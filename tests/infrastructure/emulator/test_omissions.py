"""The local stage is what the others are, but for what the emulator cannot create."""

from collections import Counter

from stacks.emulator.omissions import NOT_EMULATED
from stacks.monitoring.dashboard.saved_queries import QUERIES
from tests.infrastructure.deployment import Deployment


def types(deployment: Deployment) -> Counter[str]:
    return Counter(resource.type for resource in deployment.resources())


def test_the_local_stage_has_nothing_that_the_emulator_cannot_create(local: Deployment) -> None:
    assert types(local).keys() & NOT_EMULATED.keys() == set()


def test_the_local_stage_has_all_else_that_prod_has(local: Deployment, prod: Deployment) -> None:
    assert types(prod) - types(local) == {
        "AWS::CloudWatch::CompositeAlarm": 1,
        "AWS::Events::Archive": 1,
        "AWS::Logs::QueryDefinition": len(QUERIES),
        "AWS::Scheduler::Schedule": 2,
    }
    assert types(local) - types(prod) == {}


def test_each_omission_has_its_reason() -> None:
    assert [name for name, reason in NOT_EMULATED.items() if not reason.strip()] == []
