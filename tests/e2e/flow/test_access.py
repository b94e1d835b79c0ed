"""Each role, with its credentials and with policies enforced: what it may do succeeds, all else is denied."""

import pytest

from tests.e2e.scene import Scene
from tests.security.access import ACTORS, Actor, allowed
from tests.security.addresses import Addresses
from tests.security.trials import UNTRIED, tried_by


@pytest.fixture(scope="module")
def addresses(scene: Scene) -> Addresses:
    return Addresses(scene.stage.endpoint)


@pytest.mark.parametrize(
    "each", [12, pytest.param(1, marks=pytest.mark.long)], ids=["every twelfth denial", "every denial"]
)
@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.name)
def test_a_role_can_do_what_it_may_and_nothing_else(addresses: Addresses, actor: Actor, each: int) -> None:
    """Everything that the role may do is tried, and a part of the rest that differs between roles."""
    places = addresses.of(actor)
    clients = addresses.acting_as(actor).client
    allowed_accesses = {access for access in allowed(actor) if access.action not in UNTRIED}
    tried = {
        access: trial
        for number, (access, trial) in enumerate(tried_by(actor).items(), start=ACTORS.index(actor))
        if access in allowed_accesses or number % each == 0
    }

    succeeded = {access for access, trial in tried.items() if trial.is_allowed(clients, places[access.place])}

    assert len(tried) > len(allowed_accesses)
    assert succeeded == allowed_accesses
