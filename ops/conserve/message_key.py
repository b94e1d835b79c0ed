"""What tells a message apart in the records: a producer's id alone is unique only within that producer."""

from typing import NamedTuple, Self

from ops.dead_letters.dead_letter import DeadLetter
from ops.stage.log_lines import LogLine
from schemas.claims import Claims, claims


class MessageKey(NamedTuple):
    """Type, tenant and id of a message. Several messages share a key if one service or several use an id again."""

    type: str
    company_id: str
    """The tenant's id."""

    id: str
    """The SQS message id where the body has no id."""

    @classmethod
    def of_body(cls, body: str, sqs_message_id: str) -> Self:
        """Return the key under which functions log a message with this body, valid or not."""
        return cls._of_claims(claims(body), sqs_message_id)

    @classmethod
    def of_line(cls, line: LogLine) -> Self:
        """Return the key of the message that a line is about."""
        return cls(line.type, line.company_id, line.key)

    @classmethod
    def of_dead_letter(cls, dead_letter: DeadLetter) -> Self:
        """Return the key of a message in a dead-letter queue or a holding queue."""
        return cls._of_claims(dead_letter.claims, dead_letter.sqs_message_id)

    @classmethod
    def of_idempotency_key(cls, key: str) -> Self:
        """Return the key of the job that called the CRM (`Message.idempotency_key`)."""
        type_name, _, rest = key.partition("/")
        company_id, _, id_ = rest.partition("/")
        return cls(type_name, company_id, id_)

    @classmethod
    def _of_claims(cls, claimed: Claims, sqs_message_id: str) -> Self:
        return cls(claimed.type, claimed.company_id, claimed.id or sqs_message_id)

    def __str__(self) -> str:
        """Show the parts that are known."""
        return "/".join(filter(None, self))
