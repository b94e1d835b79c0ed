"""`docs/cost.md` shows cost and throughput of the templates of stage `prod`."""

import re
from pathlib import Path

import pytest

from ops.cost.assumptions import Assumptions
from ops.cost.fixed import fixed
from ops.cost.limits import bounds, throughputs
from ops.cost.tables import PAGE, STAGE, blocks
from ops.cost.templates import read_sizes
from ops.terminal.tables import written_anew
from schemas.catalogue import CATALOGUE
from stacks.processing.rates import NOTIFIER_CONCURRENCY, scalings
from tests.infrastructure.deployment import Deployment
from tests.infrastructure.synthesis import synthesize


def test_the_generated_tables_of_the_page_are_up_to_date(prod: Deployment) -> None:
    templates = list(prod.templates.values())
    page = PAGE.read_text()

    generated = blocks(read_sizes(templates), fixed=fixed(templates, Assumptions()))

    assert prod.stage.name == STAGE
    assert written_anew(page, generated, name=PAGE.name) == page, (
        "sizes, prices or assumptions changed: run `taly-async cost --write`"
    )


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        ("custom metrics", "these {number} cost ${dollars}"),
        ("runs of the notifier", "${dollars} a month for {number} runs"),
    ],
)
def test_decisions_about_cost_have_the_figures_of_the_page(item: str, sentence: str) -> None:
    decisions = PAGE.with_name("decisions.md").read_text()

    ((number, dollars),) = re.findall(
        rf"^\| {item} \| ([\d,]+) \| [\d.]+ \| ([\d.]+) \|$", PAGE.read_text(), re.MULTILINE
    )

    assert sentence.format(number=number, dollars=dollars) in decisions


def test_maximum_concurrencies_sum_to_less_than_the_account_quota(prod: Deployment) -> None:
    """Otherwise one type's burst would throttle the others."""
    sizes = read_sizes(prod.templates.values())
    (account,) = (bound for bound in bounds(sizes, Assumptions()) if "account" in bound.name)

    assert sum(each.concurrency for each in throughputs(sizes, Assumptions())) < account.limit


def test_a_functions_throughput_uses_its_scaling(prod: Deployment) -> None:
    found = {each.name: each for each in throughputs(read_sizes(prod.templates.values()), Assumptions())}

    for service, given in scalings(CATALOGUE, prod.stage).items():
        throughput = found[service]
        assert (throughput.records, throughput.concurrency) == (given.batch_size, given.max_concurrency)


def test_limits_of_a_limited_stage_follow_from_its_concurrency(tmp_path: Path) -> None:
    limited = synthesize(tmp_path, stage="dev", concurrency="60")

    sizes = read_sizes(limited.templates.values())

    assert sum(sizes.concurrency.values()) + NOTIFIER_CONCURRENCY == 60
