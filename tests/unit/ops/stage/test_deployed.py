"""A deployed stage's queues are found by one listing."""

from dataclasses import dataclass

import pytest

from ops.stage.aws_errors import AwsError
from ops.stage.deployed import DeployedStage, NotDeployedError, deployed
from ops.stage.emulated_queues import EMULATED_QUEUES, EmulatedQueues
from tests.fakes.service import FakeService, client_error, failing
from tests.fakes.sqs import MAX_LISTED, FakeSqs
from tests.fakes.stage import queue_url

INGRESS = "taly-async-qa-ingress"


@dataclass
class Account:
    """An AWS account in a region, with queues of these names."""

    names: tuple[str, ...] = (INGRESS,)

    def __post_init__(self) -> None:
        self.sqs = FakeSqs(queues={queue_url(name): [] for name in self.names})

    def stage(self, name: str = "qa") -> DeployedStage:
        services: dict[str, FakeService] = {"sqs": self.sqs}
        return DeployedStage(name, services.__getitem__)


def test_a_queue_is_found_by_its_name() -> None:
    assert Account().stage().queue_url(INGRESS) == queue_url(INGRESS)


def test_all_queues_are_found_by_one_call() -> None:
    account = Account((INGRESS, "taly-async-qa-alerts"))
    stage = account.stage()

    for name in account.names:
        stage.queue_url(name)

    assert account.sqs.calls == ["list_queues"]
    assert account.sqs.requests == [{"QueueNamePrefix": "taly-async-qa-", "MaxResults": MAX_LISTED}]


def test_a_queue_beyond_the_first_thousand_is_found() -> None:
    account = Account((INGRESS, *(f"taly-async-qa-a{number:04}" for number in range(MAX_LISTED))))

    assert account.stage().queue_url(INGRESS) == queue_url(INGRESS)
    assert account.sqs.calls == ["list_queues"] * 2


@pytest.mark.parametrize("others", [(), ("taly-async-qa2-ingress",), ("taly-async-qa",), ("orders",)])
def test_a_stage_without_queues_is_not_deployed(others: tuple[str, ...]) -> None:
    with pytest.raises(NotDeployedError) as raised:
        Account(others).stage().queue_url(INGRESS)

    assert str(raised.value) == (
        "stage qa is not deployed here: eu-central-1 of this account has no queue taly-async-qa-ingress. "
        "Check AWS_PROFILE and the region"
    )


def test_a_stage_whose_name_begins_alike_is_another() -> None:
    account = Account(("taly-async-prod2-ingress", "taly-async-prod-ingress"))

    assert account.stage("prod").queue_url("taly-async-prod-ingress") == queue_url("taly-async-prod-ingress")
    with pytest.raises(NotDeployedError, match="queue taly-async-prod2-ingress is not deployed yet"):
        account.stage("prod").queue_url("taly-async-prod2-ingress")


def test_a_queue_that_is_missing_is_not_deployed_yet() -> None:
    with pytest.raises(NotDeployedError) as raised:
        Account().stage().queue_url("taly-async-qa-email-send")

    assert str(raised.value) == "queue taly-async-qa-email-send is not deployed yet: deploy this version first"


def test_a_stage_that_is_deployed_later_is_found_then() -> None:
    account = Account(())
    stage = account.stage()
    with pytest.raises(NotDeployedError):
        stage.queue_url(INGRESS)

    account.sqs.queues[queue_url(INGRESS)] = []

    assert stage.queue_url(INGRESS) == queue_url(INGRESS)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("AccessDenied", "access denied: these credentials may not call ListQueues here"),
        ("ExpiredToken", "the AWS credentials have expired"),
    ],
)
def test_a_refusal_of_the_listing_is_explained(code: str, sentence: str) -> None:
    account = Account()
    account.sqs.fail = failing(code)

    with pytest.raises(AwsError, match=sentence):
        account.stage().queue_url(INGRESS)


def test_a_listing_that_breaks_off_hides_no_queue() -> None:
    account = Account((INGRESS, *(f"taly-async-qa-a{number:04}" for number in range(MAX_LISTED))))
    stage = account.stage()
    account.sqs.fail = lambda _, request: client_error("Throttling", "ListQueues") if "NextToken" in request else None
    with pytest.raises(AwsError, match="AWS throttles ListQueues"):
        stage.queue_url("taly-async-qa-a0001")

    account.sqs.fail = lambda *_: None

    assert stage.queue_url(INGRESS) == queue_url(INGRESS)


def test_the_emulators_queues_are_found_where_its_other_services_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The console polls long after its clients were made, and reads no variable then."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "eu-central-1")
    stage = deployed("local")
    stage.client("sqs")
    monkeypatch.delenv("AWS_ENDPOINT_URL")

    assert isinstance(stage.client(EMULATED_QUEUES), EmulatedQueues)
