"""A dead letter's next step: what its reason means, and a command that can be pasted."""

import json
from typing import Any

import pytest

from lambdas.common.errors import NotDeliveredError, NotNowError, UnavailableError
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.next_step import next_step
from ops.dead_letters.search import FoundDeadLetter
from schemas.reasons import Reason, Remedy
from tests.fakes.stage import CAUSE, FakeStage
from tests.messages import COMPANY
from tests.unit.ops.dead_letters.commands import Run


def found(
    reason: str = "unavailable",
    *,
    service: str = "webhook.deliver",
    error: str = "NotDeliveredError",
    remedy: str = "",
    **payload: Any,
) -> FoundDeadLetter:
    history = json.dumps({"errorClass": error, "remedy": remedy})
    texts = {"reason": reason, "fingerprint": CAUSE, "biography": history}
    attributes = {name: {"StringValue": text} for name, text in texts.items()}
    body = json.dumps({"id": "a", "payload": {"companyId": COMPANY, "endpointId": "ep_1"} | payload})
    return FoundDeadLetter(
        service, DeadLetter.of({"MessageId": "sqs-1", "Body": body, "MessageAttributes": attributes})
    )


@pytest.mark.parametrize("error", [NotDeliveredError.__name__, NotNowError.__name__])
def test_an_undelivered_webhook_is_redriven_by_its_endpoint(error: str) -> None:
    text = next_step(found(error=error), "prod")

    assert text.startswith("customers' endpoints did not take them for days. Nothing to do at night")
    assert text.endswith(f": taly-async redrive webhook.deliver --endpoint ep_1 --tenant {COMPANY} --stage prod")


@pytest.mark.parametrize("endpoint", ["ep 1; rm -rf /", "\x1b[2J", 7, None, "a" * 65])
def test_an_endpoint_of_another_form_is_no_part_of_the_command(endpoint: object) -> None:
    assert " --endpoint ENDPOINT --tenant " in next_step(found(endpointId=endpoint), "prod")


def test_a_webhook_without_a_tenant_has_a_placeholder() -> None:
    assert "--endpoint ep_1 --tenant TENANT" in next_step(found(companyId="acme"), "prod")


@pytest.mark.parametrize(
    "other",
    [
        found(error=UnavailableError.__name__),
        found("attempts_exhausted", error="KeyError"),
        found(service="activity.record"),
    ],
    ids=["the CRM was away", "our bug", "another type"],
)
def test_any_other_dead_letter_is_redriven_by_its_cause(other: FoundDeadLetter) -> None:
    text = next_step(other, "prod")

    assert text.endswith(f": taly-async redrive {other.service} --cause {CAUSE} --stage prod")
    assert "endpoints" not in text


def test_a_message_that_its_sender_must_correct_is_discarded() -> None:
    text = next_step(found(Reason.INVALID_PAYLOAD), "prod")

    assert "Whose turn: the sender's (the messages do not name it). Inform the sender" in text
    assert f": taly-async discard webhook.deliver --cause {CAUSE} --remedy discard --comment " in text


@pytest.mark.parametrize("reason", ["permanent", "attempts_exhausted"])
@pytest.mark.parametrize(
    ("remedy", "turn", "command"),
    [
        (Remedy.REDRIVE, "ours", f"redrive email.send --cause {CAUSE} --stage prod"),
        (Remedy.DISCARD, "the sender's (", f"discard email.send --cause {CAUSE} --remedy discard --comment "),
        (Remedy.MEND, "an operator's", "redo a --payload payload.json --comment "),
    ],
)
def test_the_raisers_remedy_is_the_next_step(reason: str, remedy: Remedy, turn: str, command: str) -> None:
    text = next_step(found(reason, service="email.send", error="PermanentError", remedy=remedy), "prod")

    assert f"Whose turn: {turn}" in text
    assert f": taly-async {command}" in text


def test_a_message_that_sqs_moved_has_no_advice() -> None:
    assert next_step(found(""), "prod") == ""


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_next_step(reason: Reason) -> None:
    assert ": taly-async " in next_step(found(reason, service="email.send"), "prod")


def test_show_prints_the_next_step(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)

    text = run("dead-letters", "show", "task-1").stdout

    assert "next step     the failure is permanent, so a retry cannot help. Whose turn: ours. Fix the cause" in text
    assert f"taly-async redrive activity.record --cause {CAUSE} --stage dev" in text
