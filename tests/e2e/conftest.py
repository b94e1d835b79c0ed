"""The deployed system, started once for all tests, with its policies enforced."""

from collections.abc import Iterator

import pytest

from local.checks.records import StageRecords
from local.emulator.emulator import HOST, Enforcement
from local.stage import local_stage
from tests import certificates
from tests.e2e.flow.moved_appointment import MovedAppointment, move
from tests.e2e.scene import Scene


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The stage on an emulator that enforces every policy: each function can do what its role allows, and no more."""
    tls = certificates.of(HOST, tmp_path_factory.mktemp("tls"))
    with local_stage("e2e", enforcement=Enforcement(tls.certificate, tls.key)) as stage:
        yield Scene(stage, StageRecords(stage))


@pytest.fixture(scope="session")
def moved(scene: Scene) -> MovedAppointment:
    return move(scene)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow tests first, reconciliation after all other messages, and last the tests that change roles."""
    order = {
        "test_a_moved_appointment_sends_nothing_yet": -1,  # waits for the emulator, which checks schedules every 10 s
        "test_a_dead_letter_begins_to_age": -1,
        "test_a_renewed_dead_letter_outlives_the_retention_and_is_done_once": 1,
        "test_a_due_reminder_arrives_at_the_ingress_and_is_sent_once": 1,
        "test_no_message_was_lost_or_processed_twice": 2,
        "test_the_deployed_stage_proves_it_by_itself": 2,
        "test_revoked_sessions_can_do_nothing_and_new_ones_can": 3,
        "test_a_role_can_do_what_it_may_and_nothing_else": 3,
    }
    items.sort(key=lambda item: order.get(item.name.partition("[")[0], 0))
