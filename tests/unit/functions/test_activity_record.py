"""Handler of `activity.record`."""

from lambdas.activity_record.handler import handler
from schemas.activities import ActivityRecord
from schemas.message import Message
from tests.messages import activity, text


class FakeCrm:
    def __init__(self) -> None:
        self.recorded: list[tuple[ActivityRecord, str]] = []

    def record_activity(self, record: ActivityRecord, *, idempotency_key: str) -> None:
        self.recorded.append((record, idempotency_key))


def test_activity_is_recorded_with_the_messages_idempotency_key() -> None:
    crm = FakeCrm()
    message = Message[ActivityRecord].model_validate_json(text(activity()))

    handler.decide(message, crm=crm)

    assert crm.recorded == [(message.payload, message.idempotency_key)]
