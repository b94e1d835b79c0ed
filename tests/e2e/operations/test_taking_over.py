"""A new deployment takes over the resources that a retained stage left, as docs/deploying.md says.

The emulator's CloudFormation imports no event buses and no schedule groups, so these two are deleted in between.
"""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from local.emulator.deployment import STAGE, bootstrap, deploy
from local.emulator.emulator import Emulator, emulator
from local.run_folder import RunFolder, run_folder
from local.supervision.process import Process
from ops.stage.endpoint import ACCOUNT, REGION
from ops.terminal.checkout import NODE_BIN, ROOT, VENV_BIN
from schemas.bookings import BOOKING_CREATED
from schemas.names import (
    IDEMPOTENCY,
    MESSAGING,
    MONITORING,
    PROCESSING,
    dead_letter_queue_name,
    log_group_name,
    resource_name,
    schedule_group_name,
    stack_name,
)

pytestmark = pytest.mark.long


@dataclass(frozen=True)
class Account:
    """An emulated account with the assembly of a stage that retains its data."""

    folder: RunFolder
    emulator: Emulator

    def cdk(self, *arguments: str) -> None:
        """Run a command of the CDK in this account."""
        path = os.pathsep.join([str(VENV_BIN), str(NODE_BIN), os.environ.get("PATH", os.defpath)])
        env = {**self.emulator.endpoint.environment(os.environ), "PATH": path, "CI": "true", "NO_COLOR": "1"}
        command = [str(NODE_BIN / "cdk"), *arguments]
        log = self.folder.log(f"cdk-{arguments[0]}")
        with Process(f"cdk {arguments[0]}", command, log=log, env=env, cwd=ROOT) as process:
            process.succeed()

    def queue_urls(self, part: str) -> dict[str, dict[str, str]]:
        """Map the queues of a stack to what identifies them, as the command of the page does."""
        template = json.loads((self.folder.assembly / f"{stack_name(STAGE, part)}.template.json").read_text())
        sqs = self.emulator.endpoint.sqs
        return {
            logical_id: {"QueueUrl": sqs.get_queue_url(QueueName=each["Properties"]["QueueName"])["QueueUrl"]}
            for logical_id, each in template["Resources"].items()
            if each["Type"] == "AWS::SQS::Queue"
        }

    def owners(self) -> dict[str, str]:
        """Map the physical ids of all deployed resources to their stacks."""
        cloudformation = self.emulator.endpoint.client("cloudformation")
        return {
            resource["PhysicalResourceId"]: part
            for part in (MESSAGING, PROCESSING, MONITORING)
            for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_name(STAGE, part))
            for resource in page["StackResourceSummaries"]
        }


@pytest.fixture
def account() -> Iterator[Account]:
    with ExitStack() as parts:
        folder = parts.enter_context(run_folder("taking-over"))
        account = Account(folder, parts.enter_context(emulator(folder)))
        settings = (f"stage={STAGE}", "retain=true", f"account={ACCOUNT}", f"region={REGION}")
        context = [part for setting in settings for part in ("--context", setting)]
        account.cdk("synth", "--quiet", *context, "--output", str(folder.assembly))
        bootstrap(folder, account.emulator.endpoint)
        deploy(folder, account.emulator.endpoint)
        yield account


def test_a_new_stage_takes_over_what_the_old_one_left(account: Account) -> None:
    endpoint, assembly = account.emulator.endpoint, str(account.folder.assembly)
    url = endpoint.sqs.get_queue_url(QueueName=dead_letter_queue_name(STAGE, BOOKING_CREATED.name))["QueueUrl"]
    endpoint.sqs.send_message(QueueUrl=url, MessageBody="kept")
    for part in (MESSAGING, PROCESSING, MONITORING):
        endpoint.client("cloudformation").update_termination_protection(
            StackName=stack_name(STAGE, part), EnableTerminationProtection=False
        )
    account.cdk("destroy", "--all", "--force", "--app", assembly)
    endpoint.events.delete_event_bus(Name=resource_name(STAGE))
    endpoint.client("scheduler").delete_schedule_group(Name=schedule_group_name(STAGE))

    for part in (MESSAGING, MONITORING):
        mapping = account.folder.path / "queues.json"
        mapping.write_text(json.dumps(account.queue_urls(part)))
        account.cdk("import", stack_name(STAGE, part), "--app", assembly, "--resource-mapping", str(mapping))
    account.cdk("deploy", "--all", "--app", assembly, "--require-approval", "never", "--import-existing-resources")

    (message,) = endpoint.sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "kept"
    owners = account.owners()
    assert owners[url] == MESSAGING
    assert owners[resource_name(STAGE, IDEMPOTENCY)] == MESSAGING
    assert owners[log_group_name(STAGE, BOOKING_CREATED.name)] == PROCESSING
