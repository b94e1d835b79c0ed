"""Access to a deployed stage: AWS clients, and the URLs of its queues."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from boto3 import Session
from botocore.config import Config
from botocore.exceptions import NoRegionError

from ops.stage.aws_errors import aws_failures_as_sentences, name_stage
from ops.stage.clock_offset import warn_of_offset
from ops.stage.emulated_queues import EMULATED_QUEUES, EmulatedQueues
from ops.stage.endpoint import RUN_SECONDS, RUNS, Endpoint
from ops.stage.local import running
from ops.stage.names import require_stage_name, suggestion
from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from publishing.responses import check_responses
from schemas.names import QUEUE_PROCESSOR, queue_name, resource_name

LOCAL = "local"
"""The stage on this machine, which lacks what the emulator does not support."""

_PAGE = 1_000
"""Queues in a ListQueues response: without `MaxResults`, SQS returns the first 1,000 and no token for the rest."""

_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3})

_WAITING = _CONFIG.merge(Config(read_timeout=RUN_SECONDS, retries={"mode": "standard", "total_max_attempts": 1}))

Clients = Callable[[str], Any]
"""Returns the client of an AWS service by its boto3 name, or the one named `RUNS` or `EMULATED_QUEUES`."""


class NotDeployedError(OperatorError):
    """What was asked for is not deployed in this account and region."""


@dataclass(frozen=True)
class DeployedStage:
    """A stage that is deployed somewhere. Its resources are found by their names (`schemas/names.py`)."""

    name: str
    client: Clients
    _queue_urls: dict[str, str] = field(default_factory=dict)

    def queue_url(self, name: str) -> str:
        """Return the URL of a queue. The first call lists all queues of the stage.

        Args:
            name: the queue's name.

        Raises:
            NotDeployedError: the stage has no such queue in this account and region.
            AwsError: AWS refuses or does not answer.
        """
        if not self._queue_urls:
            self._queue_urls.update(self._list_queues())
        if not self._queue_urls:
            raise self.lacks(f"queue {queue_name(self.name, QUEUE_PROCESSOR)}")
        if name not in self._queue_urls:
            raise NotDeployedError(f"queue {name} is not deployed yet: deploy this version first")
        return self._queue_urls[name]

    def require(self) -> None:
        """Require that the stage is deployed, at least in part.

        Raises:
            NotDeployedError: it is not, in this account and region.
            AwsError: AWS refuses or does not answer.
        """
        self.queue_url(queue_name(self.name, QUEUE_PROCESSOR))

    def lacks(self, resource: str) -> NotDeployedError:
        """Create the error for a stage of which nothing is here, as a resource that every stage has is missing.

        Args:
            resource: what is missing, such as `queue taly-async-qa-ingress`.
        """
        region = self.client("sqs").meta.region_name
        return NotDeployedError(
            f"stage {self.name} is not deployed here: {region} of this account has no {resource}."
            f"{suggestion(self.name)} Check AWS_PROFILE and the region"
        )

    def _list_queues(self) -> Mapping[str, str]:
        pages = self.client("sqs").get_paginator("list_queues")
        with aws_failures_as_sentences():
            found = pages.paginate(QueueNamePrefix=f"{resource_name(self.name)}-", MaxResults=_PAGE)
            return {url.rpartition("/")[2]: url for page in found for url in page.get("QueueUrls", ())}


def deployed(stage: str, *, profile: str | None = None, region: str | None = None) -> DeployedStage:
    """Name a stage, with the credentials and the endpoint that boto3 finds; `local` is the one that `make up` started.

    Profile, region and local stage are looked up with the first client, after a command has checked its arguments.

    Args:
        stage: the stage's name.
        profile: the AWS profile; None for the one that boto3 finds.
        region: the AWS region; None for AWS_REGION, or else the one that boto3 finds.

    Raises:
        OperatorError: no stage can have this name. With the first client: there is no such profile, no region is set,
            or no local stage is running.
    """
    require_stage_name(stage)

    @cache
    def clients() -> Clients:
        if stage == LOCAL and not os.environ.get("AWS_ENDPOINT_URL"):
            return _local_clients()
        return _clients(stage, profile, region)

    @cache
    def client(service: str) -> Any:
        return clients()(service)

    return DeployedStage(stage, client)


def _local_clients() -> Clients:
    local = running()
    if local is None:
        raise OperatorError(
            "no local stage is running: start one with `make up`, or set AWS_ENDPOINT_URL to where one is"
        )
    return Endpoint(local.endpoint_url).client


def _clients(stage: str, profile: str | None, region: str | None) -> Clients:
    with aws_failures_as_sentences():
        session = Session(profile_name=profile, region_name=region or os.environ.get("AWS_REGION", "").strip() or None)
    check_responses(session.events)
    name_stage(session.events, stage)
    warn_of_offset(session.events)
    certificate = os.environ.get("AWS_CA_BUNDLE") or None  # now, as boto3's session reads its variables

    def client(service: str) -> Any:
        if service == EMULATED_QUEUES:
            return EmulatedQueues(client("sqs").meta.endpoint_url, certificate)
        try:
            with aws_failures_as_sentences():
                if not session.region_name:  # boto3 takes an empty variable for a region, and calls a strange address
                    raise NoRegionError
                if service == RUNS:
                    return session.client("lambda", config=_WAITING)
                return session.client(service, config=_CONFIG)  # type: ignore[call-overload]  # stubs list literal names alone
        except ValueError as error:  # boto3 raises it for an AWS_ENDPOINT_URL that is no URL
            raise OperatorError(f"AWS cannot be called: {printable(str(error))}") from None

    return client
