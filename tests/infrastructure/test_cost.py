"""The fixed cost of monitoring, and prices read from the deployed sizes."""

from ops.cost.assumptions import Assumptions
from ops.cost.bill import AwsService
from ops.cost.fixed import monitoring
from ops.cost.per_event import UsageCost
from ops.cost.templates import read_sizes
from schemas.catalogue import CATALOGUE
from schemas.ses import SES_EVENT
from stacks.processing.rates import scalings
from tests.infrastructure.deployment import Deployment

MAX_DOLLARS = 50
"""Dollars a month."""


def test_monitoring_prod_costs_less_than_fifty_dollars_a_month(prod: Deployment) -> None:
    items = monitoring(prod.templates.values())

    assert all(item.count for item in items)
    assert sum(item.dollars for item in items) < MAX_DOLLARS


def test_every_type_is_priced_by_its_function_and_its_queue(prod: Deployment) -> None:
    usage = UsageCost(read_sizes(prod.templates.values()), Assumptions())

    for event_type in CATALOGUE:
        by_service = usage.of(event_type).by_service
        of_bus = {AwsService.EVENTBRIDGE} if event_type is not SES_EVENT else set()  # AWS's own events are free
        assert {AwsService.SQS, AwsService.LAMBDA, AwsService.LOGS} | of_bus <= by_service.keys()
        assert all(dollars > 0 for dollars in by_service.values())


def test_sizes_read_from_the_templates_are_those_that_rates_give(prod: Deployment) -> None:
    found, given = read_sizes(prod.templates.values()), scalings(CATALOGUE, prod.stage)

    assert {each.folder: (found.batch[each.folder], found.concurrency[each.folder]) for each in CATALOGUE} == {
        each.folder: given[each.name][:2] for each in CATALOGUE
    }
    assert found.rates["email_send"] == prod.stage.mail_rate
    assert found.rates["sms_send"] == prod.stage.text_rate
    assert found.rates["webhook_deliver"] == prod.stage.crm_rate
    assert "booking_created" not in found.rates
    assert found.archive_days == prod.stage.archive_retention_days
    assert found.backups
