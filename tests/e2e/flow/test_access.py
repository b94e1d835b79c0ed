"""Each role, with its own credentials, where every policy is enforced: what it may do works, all else is denied."""

import pytest

from tests.e2e.scene import Scene
from tests.security.access import ACTORS, Actor, allowed
from tests.security.addresses import Addresses
from tests.security.trials import UNTRIED, tried_by


@pytest.fixture(scope="module")
def addresses(scene: Scene) -> Addresses:
    return Addresses(scene.stage.endpoint)


@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.name)
def test_a_role_can_do_what_it_may_and_nothing_else(addresses: Addresses, actor: Actor) -> None:
    places = addresses.of(actor)
    clients = addresses.acting_as(actor).client

    can = {access for access, trial in tried_by(actor).items() if trial.is_allowed(clients, places[access.place])}

    assert can == {access for access in allowed(actor) if access.action not in UNTRIED}
