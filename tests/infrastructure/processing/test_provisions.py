"""Every need of a type has a provision."""

from enum import StrEnum

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb

from schemas.event_type import Needs
from stacks.errors import CannotSynthesizeError
from stacks.processing.provisions import Provisions
from tests.infrastructure.synthesis import STAGES
from tests.infrastructure.test_stage import stage


class Unwritten(StrEnum):
    TELEPATHY = "telepathy"


def provisions_of(stage_name: str, **settings: str) -> Provisions:
    stack = cdk.Stack()
    table = dynamodb.Table.from_table_name(stack, "Table", "table")
    return Provisions(stack, "Provisions", idempotency_table=table, stage=stage(stage=stage_name, **settings))


@pytest.fixture(scope="module")
def provisions() -> Provisions:
    return provisions_of("dev")


def test_every_need_has_a_provision(provisions: Provisions) -> None:
    assert len(provisions.of(list(Needs))) == len(Needs)


def test_durations_are_passed_in_seconds(provisions: Provisions) -> None:
    (reminders, dunning) = (provisions.of([need])[0].environment for need in (Needs.REMINDERS, Needs.DUNNING))

    assert reminders == {"reminder_leads": "86400,3600"}
    assert dunning == {"dunning": "86400,259200,432000"}


def test_texts_are_sent_as_the_stage_says() -> None:
    given = provisions_of("dev", sms_sender_id="Taly", sms_origination_number="+4930901820", quiet_hours="22:00-07:30")

    (texts, hours) = (given.of([need])[0].environment for need in (Needs.SMS, Needs.QUIET_HOURS))

    assert texts == {"sms_sender_id": "Taly", "sms_origination_number": "+4930901820"}
    assert hours == {"quiet_hours": "22:00-07:30"}


def test_settings_of_texts_that_are_unset_are_empty() -> None:
    given = provisions_of("dev", quiet_hours="null")

    environments = [given.of([need])[0].environment for need in (Needs.SMS, Needs.QUIET_HOURS)]

    assert environments == [{"sms_sender_id": "", "sms_origination_number": ""}, {"quiet_hours": ""}]


def test_mails_have_the_stages_set_and_hosts() -> None:
    (mails,) = provisions_of("dev", link_hosts="app.taly.dev, files.taly.dev").of([Needs.EMAIL])

    assert mails.environment["mail_configuration_set"] == "taly-async-dev"
    assert mails.environment["link_hosts"] == "app.taly.dev,files.taly.dev"


def test_only_the_emulated_stage_allows_private_webhook_addresses() -> None:
    environments = {name: provisions_of(name).of([Needs.WEBHOOKS])[0].environment for name in STAGES}

    assert environments == {"local": {"webhooks_allow_private_addresses": "1"}, "dev": {}, "staging": {}, "prod": {}}


def test_a_type_without_needs_gets_nothing(provisions: Provisions) -> None:
    assert provisions.of([]) == []


def test_a_need_without_a_grant_is_named(provisions: Provisions) -> None:
    with pytest.raises(CannotSynthesizeError, match=r"no grant is written for Needs\.TELEPATHY"):
        provisions.of([Unwritten.TELEPATHY])  # type: ignore[list-item]  # stands for a new member of Needs
