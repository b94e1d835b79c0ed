"""`status`: webhooks that customers' endpoints did not take are shown, and need nobody; other faults still do."""

from io import StringIO

import pytest
from rich.console import Console

from ops.status.status import status
from ops.status.view import text
from ops.terminal.output import show
from schemas.signals import ERRORS, FAILING, OLDEST, UNDELIVERED_WEBHOOKS
from schemas.webhooks import WEBHOOK_DELIVER
from tests.unit.ops.status.test_paused import row
from tests.unit.ops.status.test_status import StatusStage, health_of, healthy_stage, printed

TYPE = WEBHOOK_DELIVER.name


def stage_with_letters(*alarms_on: str) -> StatusStage:
    """A healthy stage with two dead letters of `webhook.deliver`, and the alarm that they turn on."""
    on = {f"{TYPE}/{slug}": "ALARM" for slug in (UNDELIVERED_WEBHOOKS.slug, *alarms_on)}
    stage = healthy_stage(**on)
    for _ in range(2):
        stage.sqs.put(stage.queue_url(f"{TYPE}-dlq"), "{}")
    return stage


def test_undelivered_webhooks_do_not_fail_the_check() -> None:
    stage = stage_with_letters()

    assert status(stage.deployed, check=True, now=stage.clock.now)


def test_undelivered_webhooks_are_counted_and_named() -> None:
    found = stage_with_letters().read()

    assert row(found, TYPE) == "✓ webhook.deliver – – 0 – 2 undelivered"
    assert "✓ all healthy" in printed(found).splitlines()[0]
    assert (
        "2 dead letters of webhook.deliver: customers' endpoints did not take them. Nothing to do at night; a letter "
        "of another cause has a card of its own. See taly-async dead-letters list --type webhook.deliver --stage prod"
    ) in printed(found)


@pytest.mark.parametrize("slug", [FAILING.slug, ERRORS.slug, OLDEST.slug])
def test_a_fault_of_ours_in_webhooks_needs_attention(slug: str) -> None:
    stage = stage_with_letters(slug)

    found = stage.read()

    assert health_of(found, TYPE).needs_attention
    assert row(found, TYPE).endswith(f"2 {slug}")
    assert not status(stage.deployed, check=True, now=stage.clock.now)


def test_dead_letters_of_another_type_still_need_attention() -> None:
    stage = stage_with_letters()
    stage.sqs.put(stage.queue_url("webhook.fan_out-dlq"), "{}")

    found = stage.read()

    assert "✗ needs attention: webhook.fan_out" in printed(found).splitlines()[0]


def test_the_row_of_undelivered_webhooks_fits_in_80_columns() -> None:
    file = StringIO()
    terminal = Console(file=file, highlight=False, width=80, force_terminal=True, color_system=None)

    show(text(stage_with_letters().read()), (), to=terminal)

    (found,) = [line for line in file.getvalue().splitlines() if line.startswith(f"✓ {TYPE} ")]
    assert len(found) <= 80
    assert found.rstrip().endswith("undelivered")
