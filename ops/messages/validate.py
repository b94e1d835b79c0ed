"""Validation of a message, for `validate` and for the draft of `send`; nothing is sent."""

import re

from rich.text import Text

from ops.terminal.input import read
from ops.terminal.output import console, printable
from publishing.doors import BUS_LIMIT, Entry
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.message import AnyMessage
from schemas.problems import Refusal, refusal
from schemas.reasons import Reason

_UTF_8_BOM = b"\xef\xbb\xbf"

_UTF_16_BOMS = (b"\xff\xfe", b"\xfe\xff")


def check(body: bytes) -> AnyMessage | Refusal:
    """Check a message as the doors and the ingress do; returns the message with its ids, or why it is refused.

    Raises nothing, whatever the bytes.
    """
    text = _text(body)
    if isinstance(text, Refusal):
        return text
    message = decode_strictly(text, catalogue=BY_NAME)
    if isinstance(message, Refusal):
        return message
    return _refused_by_sqs(text) or _too_large(text, message) or message


def validate(source: str) -> bool:
    """Check the message in a file, or on standard input for `-`, and print the result; says whether it is valid.

    Raises:
        OperatorError: the source cannot be read.
    """
    checked = check(read(source))
    if isinstance(checked, Refusal):
        show_refusal(checked)
        return False
    _show_message(checked)
    return True


def show_refusal(refused: Refusal) -> None:
    """Print the reason, and a line for each problem."""
    console.print(Text.assemble(("✗ ", "red"), refused.reason.value))
    for problem in refused.problems:
        console.print(Text(f"  {printable(problem.sentence(reveal=True))}"), soft_wrap=True)


def _text(body: bytes) -> str | Refusal:
    if not body:
        return _not_json("the message is empty")
    if body.startswith(_UTF_8_BOM):
        return _not_json("begins with a byte order mark (EF BB BF): save it as UTF-8 without one")
    if body.startswith(_UTF_16_BOMS):
        return _not_json("not UTF-8, and by its first two bytes UTF-16: save it as UTF-8")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        return _not_json(f"not UTF-8: byte {error.start + 1:,} of {len(body):,} is 0x{body[error.start]:02x}")


def _refused_by_sqs(text: str) -> Refusal | None:
    """Check for U+FFFE and U+FFFF, which SQS refuses (SendMessage, "MessageBody"); JSON itself excludes the others."""
    if found := re.search("[\ufffe\uffff]", text):
        point = f"{ord(found.group()):04x}"
        return _not_json(f"has the character U+{point.upper()}, which SQS refuses: write it as the escape \\u{point}")
    return None


def _too_large(text: str, message: AnyMessage) -> Refusal | None:
    """Check the size against the bus's limit, which is below that of SQS."""
    stamp = "" if "id" in message.model_fields_set else f'"id":"{message.id}",'  # the ingress adds it
    event = Entry(body=stamp + text, type=message.type, source=message.source)
    if event.bus_size <= BUS_LIMIT:
        return None
    added = f", {len(stamp)} of them for the id that the ingress adds" if stamp else ""
    return refusal(
        Reason.TOO_LARGE,
        f"as an event it has {event.bus_size:,} bytes (source {len(message.source)}, type {len(message.type)}, "
        f"message {event.queue_size:,}{added}); EventBridge takes {BUS_LIMIT:,} at most",
    )


def _not_json(clause: str) -> Refusal:
    return refusal(Reason.INVALID_JSON, clause)


def _show_message(message: AnyMessage) -> None:
    derived = "" if "id" in message.model_fields_set else " (derived)"
    console.print(Text.assemble(("✓ ", "green"), "valid"))
    for name, value in (
        ("type", message.type),
        ("version", str(message.version)),
        ("id", f"{message.id}{derived}"),
    ):
        console.print(Text(f"  {name:<8} {printable(value)}"), soft_wrap=True)
