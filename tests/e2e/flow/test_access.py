"""Each role, with its own credentials, where every policy is enforced: what it may do works, all else is denied."""

import pytest

from tests.e2e.scene import Scene
from tests.security.access import ACTORS, Actor, allowed
from tests.security.addresses import Addresses
from tests.security.trials import UNTRIED, tried_by


@pytest.fixture(scope="module")
def addresses(scene: Scene) -> Addresses:
    return Addresses(scene.stage.endpoint)


@pytest.mark.parametrize(
    "each", [4, pytest.param(1, marks=pytest.mark.long)], ids=["every fourth denial", "every denial"]
)
@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.name)
def test_a_role_can_do_what_it_may_and_nothing_else(addresses: Addresses, actor: Actor, each: int) -> None:
    """All that a role may do is tried, and of the rest a part that differs from role to role."""
    places = addresses.of(actor)
    clients = addresses.acting_as(actor).client
    may = {access for access in allowed(actor) if access.action not in UNTRIED}
    tried = {
        access: trial
        for number, (access, trial) in enumerate(tried_by(actor).items(), start=ACTORS.index(actor))
        if access in may or number % each == 0
    }

    can = {access for access, trial in tried.items() if trial.is_allowed(clients, places[access.place])}

    assert len(tried) > len(may)
    assert can == may
