"""A type is added by its contract, its handler's folder and one line in the catalogue: the rest follows."""

import shutil
from pathlib import Path

import pytest

from app import ROOT
from schemas.catalogue import CATALOGUE
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType, Kind, Needs
from schemas.names import MessagingOutput, ProcessingOutput
from schemas.wire import Payload, Uuid
from stacks.failures import CannotSynthesizeError
from tests.infrastructure.deployment import Deployment, synthesize


class PointsAwarded(Payload):
    customer_id: Uuid


POINTS_AWARDED = EventType(
    "loyalty.points_awarded", PointsAwarded, Kind.REACTION, needs={Needs.CRM}, emits={EMAIL_SEND}
)


def checkout(folder: Path) -> Path:
    shutil.copytree(ROOT / "lambdas", folder / "lambdas", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    root = checkout(tmp_path_factory.mktemp("checkout"))
    handler = root / "lambdas" / "loyalty_points_awarded" / "handler.py"
    handler.parent.mkdir()
    handler.touch()
    catalogue = (*CATALOGUE, POINTS_AWARDED)
    return synthesize(tmp_path_factory.mktemp("extended"), catalogue=catalogue, root=root, stage="prod")


def test_it_has_a_rule_to_a_queue_of_its_own(extended: Deployment) -> None:
    ((rule, target),) = extended.rules_to(extended.queue(POINTS_AWARDED))

    assert rule.properties["EventPattern"] == {"detail-type": ["loyalty.points_awarded"]}
    assert target["InputPath"] == "$.detail"


def test_it_has_a_dead_letter_queue_of_its_own(extended: Deployment) -> None:
    queue = extended.queue(POINTS_AWARDED)

    dead_letters = extended.follow(queue.stack, queue.properties["RedrivePolicy"]["deadLetterTargetArn"])

    assert dead_letters == extended.output(
        extended.messaging, MessagingOutput.dead_letter_queue_url("LoyaltyPointsAwarded")
    )


def test_it_has_its_handlers_function(extended: Deployment) -> None:
    function = extended.function_of(extended.queue(POINTS_AWARDED))

    assert function.properties["Handler"] == "lambdas.loyalty_points_awarded.handler.handler"


def test_it_is_granted_what_it_needs_and_emits_and_no_more(extended: Deployment) -> None:
    granted = extended.grants(extended.function_of(extended.queue(POINTS_AWARDED)))

    bus = extended.output(extended.messaging, MessagingOutput.EVENT_BUS_NAME)
    secret = extended.output(extended.processing, ProcessingOutput.CRM_TOKEN_SECRET_ARN)
    assert ("events:PutEvents", str(bus)) in granted
    assert ("secretsmanager:GetSecretValue", str(secret)) in granted
    assert [action for action, _ in granted if action.startswith("ses:")] == []


def test_the_catch_all_leaves_it_to_its_rule(extended: Deployment) -> None:
    unrouted = extended.output(extended.messaging, MessagingOutput.UNROUTED_QUEUE_URL)

    ((rule, _),) = extended.rules_to(unrouted)

    (pattern,) = rule.properties["EventPattern"]["detail-type"]
    assert "loyalty.points_awarded" in pattern["anything-but"]


def test_the_others_are_as_they_were(extended: Deployment, prod: Deployment) -> None:
    unchanged = extended.templates[extended.messaging]["Resources"]
    own = {name for name in unchanged if name.startswith("LoyaltyPointsAwarded")}

    before = prod.templates[prod.messaging]["Resources"]
    differing = {name for name in unchanged.keys() - own if unchanged[name] != before.get(name)}

    assert {extended.resource(extended.messaging, name).type for name in differing - {"CDKMetadata"}} == {
        "AWS::Events::Rule"  # the catch-all
    }


def test_a_type_without_a_handler_is_answered_by_the_file_that_is_missing(tmp_path: Path) -> None:
    root = checkout(tmp_path)

    with pytest.raises(CannotSynthesizeError, match=r"lambdas/loyalty_points_awarded/handler\.py is missing"):
        synthesize(tmp_path / "out", catalogue=(*CATALOGUE, POINTS_AWARDED), root=root, stage="dev")
