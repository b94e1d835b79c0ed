"""Two stages in one account and region do not meet; a retained stage goes to no account that nobody named."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from local.emulator.deployment import Deployed, deploy, synthesis
from local.errors import LocalStageError
from local.polling import poll
from local.run_folder import RunFolder
from local.stage import LocalStage, local_stage
from ops.stage.log_groups import LogGroups
from ops.terminal.checkout import ROOT
from schemas.names import queue_name
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT
from tests.infrastructure.synthesis import synthesize

pytestmark = pytest.mark.long  # templates of every stage are compared in tests/infrastructure/test_new_stage.py

_SECONDS = 90


@pytest.fixture(scope="module")
def local() -> Iterator[LocalStage]:
    """Stage `local` on an emulator of its own, since another stage's mails and calls would be in its records."""
    with local_stage("two-stages") as stage:
        yield stage


@pytest.fixture(scope="module")
def qa(local: LocalStage, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """A stage that somebody added to cdk.json, deployed beside `local`."""
    app = tmp_path_factory.mktemp("app")
    settings = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))
    settings["app"] = f"{sys.executable} {ROOT / 'app.py'}"
    settings["context"]["stages"]["qa"] = settings["context"]["stages"]["local"]
    (app / "cdk.json").write_text(json.dumps(settings), encoding="utf-8")
    folder = RunFolder(local.folder.path / "qa")
    folder.scratch.mkdir(parents=True)
    with synthesis(folder, crm_base_url=local.crm.base_url, stage="qa", app=app) as synthesized:
        synthesized.succeed()
    return deploy(folder, local.endpoint, "qa")


def logged(stage: Deployed, text: str) -> list[str]:
    """The lines of a stage's functions that have a text."""
    groups = dict.fromkeys(stage.log_groups.values(), datetime.now(UTC) - timedelta(minutes=10))
    events = LogGroups(stage.client("logs")).read_from(groups, "")
    return [event.text for event in events if text in event.text]


def queues(local: LocalStage, stage: str) -> set[str]:
    pages = local.endpoint.sqs.get_paginator("list_queues").paginate(QueueNamePrefix=f"taly-async-{stage}-")
    return {url.rpartition("/")[2].removeprefix(f"taly-async-{stage}") for page in pages for url in page["QueueUrls"]}


def test_both_stages_have_all_queues(local: LocalStage, qa: Deployed) -> None:
    found = queues(local, "local")

    assert len(found) > 40
    assert queues(local, qa.name) == found


@pytest.mark.parametrize("sent_to", ["local", "qa"])
def test_a_message_is_done_by_its_stage_alone(sent_to: str, local: LocalStage, qa: Deployed) -> None:
    stage, other = (local.deployed, qa) if sent_to == "local" else (qa, local.deployed)
    message_id = str(uuid4())
    heartbeat = {
        "id": message_id,
        "type": SYSTEM_HEARTBEAT.name,
        "payload": {"companyId": NO_TENANT},
        "timestamp": datetime.now(UTC).isoformat(),
        "attempts": 1,
    }

    local.endpoint.sqs.send_message(QueueUrl=stage.ingress_queue_url, MessageBody=json.dumps(heartbeat))

    done = poll(
        lambda: [line for line in logged(stage, message_id) if '"succeeded"' in line],
        what="the heartbeat's outcome",
        seconds=_SECONDS,
    )
    assert len(done) == 1
    assert logged(other, message_id) == []


def test_a_queue_shows_its_stage_and_type_as_tags(local: LocalStage, qa: Deployed) -> None:
    url = local.endpoint.sqs.get_queue_url(QueueName=queue_name(qa.name, SYSTEM_HEARTBEAT.name))["QueueUrl"]

    tags = local.endpoint.sqs.list_queue_tags(QueueUrl=url)["Tags"]

    assert {"application": "taly-async", "stage": "qa", "type": SYSTEM_HEARTBEAT.name}.items() <= tags.items()


def test_cdk_refuses_a_retained_stage_without_account(local: LocalStage, tmp_path: Path) -> None:
    synthesize(tmp_path, stage="prod")
    folder = RunFolder(tmp_path)
    folder.scratch.mkdir()

    with pytest.raises(LocalStageError):
        deploy(folder, local.endpoint, "prod")

    log = folder.log("deploy").read_text()
    assert "Parameters are missing a value: SetAccountInCdkJson" in log
    assert "Set stages.prod.account in cdk.json" in log
    assert local.endpoint.sqs.list_queues(QueueNamePrefix="taly-async-prod").get("QueueUrls", []) == []
