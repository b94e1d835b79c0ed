"""The runbook's section "Stolen key", carried out with policies enforced."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from app import ROOT
from ops.stage.endpoint import Endpoint
from schemas.reports import REPORT_READY
from tests.e2e.scene import Scene
from tests.security.access import Actor, Place
from tests.security.addresses import Addresses
from tests.security.trials import TRIALS

ACTOR = Actor(REPORT_READY.name, REPORT_READY)
REVOKED = "RevokeOlderSessions"
(RECEIVE,) = (trial for trial in TRIALS if trial.action == "sqs:ReceiveMessage")


def policy_at(moment: datetime) -> str:
    """The runbook's policy with this time."""
    section = (ROOT / "docs" / "runbook.md").read_text().partition("## Stolen key")[2]
    (text,) = re.findall(r"```json\n(.+?)```", section, re.DOTALL)
    policy = json.loads(text)
    policy["Statement"][0]["Condition"]["DateLessThan"]["aws:TokenIssueTime"] = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return json.dumps(policy)


@contextmanager
def revoked(addresses: Addresses, moment: datetime) -> Iterator[None]:
    """Deny everything to sessions that began before this moment."""
    iam, role = addresses.endpoint.client("iam"), addresses.role(ACTOR).rsplit("/", 1)[1]
    iam.put_role_policy(RoleName=role, PolicyName=REVOKED, PolicyDocument=policy_at(moment))
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName=REVOKED)


def test_revoked_sessions_can_do_nothing_and_new_ones_can(scene: Scene) -> None:
    addresses = Addresses(scene.stage.endpoint)
    queue = addresses.of(ACTOR)[Place.QUEUE]
    stolen = addresses.acting_as(ACTOR)
    assert can_receive(stolen, queue)

    with revoked(addresses, datetime.now(UTC) + timedelta(seconds=1)):
        assert not can_receive(stolen, queue)
        assert scene.eventually(
            lambda: can_receive(addresses.acting_as(ACTOR), queue), what="a session that began after it was revoked"
        )
        assert not can_receive(stolen, queue)


def can_receive(caller: Endpoint, queue: str) -> bool:
    return RECEIVE.is_allowed(caller.client, queue)
