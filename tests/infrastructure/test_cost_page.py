"""`docs/cost.md` shows what the templates of stage `prod` cost, and how far they go."""

from ops.cost.assumptions import Assumptions
from ops.cost.fixed import fixed
from ops.cost.limits import bounds, paces
from ops.cost.tables import PAGE, STAGE, blocks
from ops.cost.templates import sizes
from ops.terminal.tables import written_anew
from schemas.catalogue import CATALOGUE
from tests.infrastructure.deployment import Deployment


def test_no_table_of_the_page_is_stale(prod: Deployment) -> None:
    templates = list(prod.templates.values())
    page = PAGE.read_text()

    made = blocks(sizes(templates), fixed=fixed(templates, Assumptions()))

    assert prod.stage.name == STAGE
    assert written_anew(page, made, name=PAGE.name) == page, (
        "sizes, prices or assumptions changed: run `python -m ops cost --write`"
    )


def test_all_that_a_stages_functions_may_run_at_once_fits_into_the_concurrency_of_an_account(prod: Deployment) -> None:
    """Or one type's burst would throttle the others."""
    of = sizes(prod.templates.values())
    (account,) = (bound for bound in bounds(of, Assumptions()) if "account" in bound.name)

    assert sum(pace.concurrency for pace in paces(of, Assumptions())) < account.limit


def test_each_function_has_the_pace_of_its_own_settings(prod: Deployment) -> None:
    found = {pace.name: pace for pace in paces(sizes(prod.templates.values()), Assumptions())}

    for event_type in CATALOGUE:
        pace = found[event_type.name]
        assert (pace.concurrency, pace.records) == (event_type.max_concurrency, event_type.batch_size)
