"""Another account and a caller without TLS are denied, with policies enforced."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from ops.stage.endpoint import Credentials, Endpoint
from ops.stage.services import DEAD_LETTER_SOURCES, dead_letter_source
from schemas.names import resource_name
from tests.e2e.scene import Scene
from tests.security.trials import DENIALS

OTHER_ACCOUNT = Credentials(key="123412341234", secret="test")  # noqa: S106 an account of the emulator's, and its secret


def queues(scene: Scene) -> list[str]:
    """Every queue of the stage, without the tests' queues."""
    prefix = resource_name(scene.stage.deployed.name)
    found = scene.stage.endpoint.sqs.get_paginator("list_queues").paginate(QueueNamePrefix=prefix)
    urls = [url for page in found for url in page["QueueUrls"]]
    known = {dead_letter_source(name, scene.stage.deployed).dead_letter_queue_url for name in DEAD_LETTER_SOURCES}
    assert {scene.stage.deployed.ingress_queue_url, *known} < set(urls)
    return urls


CALLS: dict[str, Callable[[Any, str], object]] = {
    "send": lambda sqs, url: sqs.send_message(QueueUrl=url, MessageBody="{}"),
    "receive": lambda sqs, url: sqs.receive_message(QueueUrl=url),
    "purge": lambda sqs, url: sqs.purge_queue(QueueUrl=url),
}


def denials(sqs: Any, urls: list[str]) -> list[tuple[str, str]]:
    """The denied calls, by queue."""
    denied = []
    for url in urls:
        for name, call in CALLS.items():
            try:
                call(sqs, url)
            except ClientError as error:
                if error.response["Error"]["Code"] not in DENIALS:
                    raise
                denied.append((url, name))
    return denied


def test_another_account_reaches_no_queue(scene: Scene) -> None:
    other_account = scene.stage.endpoint.acting_as(OTHER_ACCOUNT)

    assert denials(other_account.sqs, queues(scene)) == [(url, name) for url in queues(scene) for name in CALLS]


def test_not_even_the_accounts_root_user_reaches_a_queue_without_tls(scene: Scene) -> None:
    root = Endpoint(scene.stage.endpoint.url, scene.stage.endpoint.certificate).sqs
    root.meta.events.register("before-send.sqs.*", without_tls)

    assert denials(root, queues(scene)) == [(url, name) for url in queues(scene) for name in CALLS]


def without_tls(request: Any, **_: object) -> None:
    """Pretend to be a proxy that got the request in the clear; the emulator accepts TLS only."""
    request.headers["X-Forwarded-Proto"] = "http"
