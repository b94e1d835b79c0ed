"""A contract, a handler's folder and one line in the catalogue are enough to deploy a new type."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from app import ROOT
from schemas import signals
from schemas.catalogue import CATALOGUE
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType, Kind, Needs, Thresholds
from schemas.names import Output, log_group_name
from schemas.signals import UNROUTED
from schemas.wire import Payload, Uuid
from stacks.errors import CannotSynthesizeError
from tests.infrastructure.deployment import Deployment
from tests.infrastructure.monitoring.alarm_lookup import about, alarms
from tests.infrastructure.monitoring.test_dashboard import titled
from tests.infrastructure.monitoring.test_unhealthy import children
from tests.infrastructure.synthesis import synthesize


class PointsAwarded(Payload):
    customer_id: Uuid


POINTS_AWARDED = EventType(
    "loyalty.points_awarded",
    PointsAwarded,
    Kind.REACTION,
    needs={Needs.CRM},
    emits={EMAIL_SEND},
    thresholds=Thresholds(oldest=120),
    objective=timedelta(minutes=5),
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


def test_the_new_type_has_a_rule_and_a_queue(extended: Deployment) -> None:
    ((rule, target),) = extended.rules_to(extended.queue(POINTS_AWARDED))

    assert rule.properties["EventPattern"] == {"detail-type": ["loyalty.points_awarded"]}
    assert target["InputPath"] == "$.detail"


def test_the_new_type_has_a_dead_letter_queue(extended: Deployment) -> None:
    queue = extended.queue(POINTS_AWARDED)

    dead_letters = extended.follow(queue.stack, queue.properties["RedrivePolicy"]["deadLetterTargetArn"])

    assert dead_letters == extended.dead_letter_queue(POINTS_AWARDED)
    assert dead_letters.properties["QueueName"] == "taly-async-prod-loyalty-points-awarded-dlq"


def test_the_new_type_has_a_function_with_its_handler(extended: Deployment) -> None:
    function = extended.function_of(extended.queue(POINTS_AWARDED))

    assert function.properties["Handler"] == "lambdas.loyalty_points_awarded.handler.handler"


def test_the_new_function_is_granted_only_what_it_needs(extended: Deployment) -> None:
    granted = extended.grants(extended.function_of(extended.queue(POINTS_AWARDED)))

    bus = extended.bus
    secret = extended.output(extended.processing, Output.CRM_TOKEN_SECRET_ARN)
    assert ("events:PutEvents", str(bus)) in granted
    assert ("secretsmanager:GetSecretValue", str(secret)) in granted
    assert [action for action, _ in granted if action.startswith("ses:")] == []


def test_the_new_type_has_alarms_with_its_thresholds(extended: Deployment) -> None:
    own = {slug: alarm for (subject, slug), alarm in alarms(extended).items() if subject == POINTS_AWARDED.name}

    expected = {signals.DEAD_LETTERS, signals.OLDEST, signals.DEPTH, signals.FAILING, signals.ERRORS, signals.LATE}
    expected.add(signals.SKIPPING)
    assert own.keys() == {signal.slug for signal in expected}
    assert own[signals.OLDEST.slug].properties["Threshold"] == 120
    assert own[signals.DEPTH.slug].properties["Threshold"] == extended.stage.alarm_depth
    assert about(extended, own[signals.DEAD_LETTERS.slug], "QueueName") == extended.dead_letter_queue(POINTS_AWARDED)


def test_dead_letters_of_the_new_type_make_the_backbone_unhealthy(extended: Deployment) -> None:
    assert alarms(extended)[POINTS_AWARDED.name, signals.DEAD_LETTERS.slug] in children(extended)


def test_the_new_type_has_a_row_on_the_dashboard(extended: Deployment) -> None:
    row = [
        titled(extended, f"{POINTS_AWARDED.name}{more}")
        for more in ("", ": queue", ": latency from timestamp to success")
    ]

    assert len({widget["y"] for widget in row}) == 1


def test_queries_and_the_notifier_cover_the_new_type(extended: Deployment) -> None:
    group = log_group_name("prod", POINTS_AWARDED.name)
    queries = extended.resources("AWS::Logs::QueryDefinition")

    queried = [each.properties["LogGroupNames"] for each in queries]

    assert all(group in groups for groups in queried)
    assert ("sqs:ReceiveMessage", str(extended.dead_letter_queue(POINTS_AWARDED))) in extended.grants(extended.notifier)


def test_the_catch_all_excludes_the_new_type(extended: Deployment) -> None:
    unrouted = extended.holding_queue(UNROUTED)

    patterns = [rule.properties["EventPattern"]["detail-type"] for rule, _ in extended.rules_to(unrouted)]

    (catch_all,) = (each[0] for each in patterns if "anything-but" in each[0])
    assert "loyalty.points_awarded" in catch_all["anything-but"]


def test_other_types_resources_are_unchanged(extended: Deployment, prod: Deployment) -> None:
    unchanged = extended.templates[extended.messaging]["Resources"]
    own = {name for name in unchanged if name.startswith("LoyaltyPointsAwarded")}

    before = prod.templates[prod.messaging]["Resources"]
    differing = {name for name in unchanged.keys() - own if unchanged[name] != before.get(name)}

    assert {extended.resource(extended.messaging, name).type for name in differing - {"CDKMetadata"}} == {
        "AWS::Events::Rule"  # the catch-all
    }


def test_a_type_without_a_handler_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    root = checkout(tmp_path)

    with pytest.raises(CannotSynthesizeError, match=r"lambdas/loyalty_points_awarded/handler\.py is missing"):
        synthesize(tmp_path / "out", catalogue=(*CATALOGUE, POINTS_AWARDED), root=root, stage="dev")
