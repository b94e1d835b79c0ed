"""Both price lists say the same, and the whole catalogue can be priced by what is deployed."""

from ops.cost import prices as told
from ops.cost.assumptions import Assumptions
from ops.cost.bill import AwsService
from ops.cost.per_event import UsageCost
from ops.cost.templates import sizes
from schemas.catalogue import CATALOGUE
from stacks.monitoring.dashboard import prices as shown
from tests.infrastructure.deployment import Deployment


def listed(module: object) -> dict[str, float]:
    return {name: value for name, value in vars(module).items() if name.isupper() and not name.startswith("_")}


def test_the_dashboard_and_the_command_line_reckon_with_the_same_prices() -> None:
    """`stacks` and `ops` import nothing of each other."""
    assert listed(shown)
    assert {name: listed(told).get(name) for name in listed(shown)} == listed(shown)


def test_every_type_is_priced_by_its_function_and_its_queue(prod: Deployment) -> None:
    usage = UsageCost(sizes(prod.templates.values()), Assumptions())

    for event_type in CATALOGUE:
        by_service = usage.of(event_type).by_service
        assert {AwsService.EVENTBRIDGE, AwsService.SQS, AwsService.LAMBDA, AwsService.LOGS} <= by_service.keys()
        assert all(dollars > 0 for dollars in by_service.values())


def test_batches_and_concurrency_are_as_large_as_the_catalogue_says(prod: Deployment) -> None:
    found = sizes(prod.templates.values())

    assert {each.folder: (found.batch[each.folder], found.concurrency[each.folder]) for each in CATALOGUE} == {
        each.folder: (each.batch_size, each.max_concurrency) for each in CATALOGUE
    }
    assert found.archive_days == prod.stage.archive_retention_days
    assert found.backups
