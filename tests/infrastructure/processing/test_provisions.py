"""Every need of a type has a provision."""

from enum import StrEnum

import aws_cdk as cdk
import pytest

from schemas.event_type import Needs
from stacks.errors import CannotSynthesizeError
from stacks.processing.provisions import Provisions
from tests.infrastructure.synthesis import STAGES
from tests.infrastructure.test_stage import stage


class Unwritten(StrEnum):
    TELEPATHY = "telepathy"


@pytest.fixture(scope="module")
def provisions() -> Provisions:
    return Provisions(cdk.Stack(), "Provisions", stage=stage(stage="dev"))


def test_every_need_has_a_provision(provisions: Provisions) -> None:
    assert len(provisions.of(list(Needs))) == len(Needs)


def test_durations_are_passed_in_seconds(provisions: Provisions) -> None:
    (reminders, dunning) = (provisions.of([need])[0].environment for need in (Needs.REMINDERS, Needs.DUNNING))

    assert reminders == {"reminder_leads": "86400,3600"}
    assert dunning == {"dunning": "86400,259200,432000"}


def test_only_the_emulated_stage_allows_private_webhook_addresses() -> None:
    environments = {
        name: Provisions(cdk.Stack(), "Provisions", stage=stage(stage=name)).of([Needs.WEBHOOKS])[0].environment
        for name in STAGES
    }

    assert environments == {"local": {"webhooks_allow_private_addresses": "1"}, "dev": {}, "staging": {}, "prod": {}}


def test_a_type_without_needs_gets_nothing(provisions: Provisions) -> None:
    assert provisions.of([]) == []


def test_a_need_without_a_grant_is_named(provisions: Provisions) -> None:
    with pytest.raises(CannotSynthesizeError, match=r"no grant is written for Needs\.TELEPATHY"):
        provisions.of([Unwritten.TELEPATHY])  # type: ignore[list-item]  # stands for a new member of Needs
