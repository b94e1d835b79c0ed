"""What being told costs, whatever happens."""

from ops.cost.fixed import monitoring
from tests.infrastructure.deployment import Deployment

MOST = 40
"""Dollars a month."""


def test_the_whole_catalogue_is_watched_in_prod_for_less_than_forty_dollars_a_month(prod: Deployment) -> None:
    items = monitoring(prod.templates.values())

    assert all(item.count for item in items)
    assert sum(item.dollars for item in items) < MOST
