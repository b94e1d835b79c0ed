"""`validate`: is this a message, and if not, why not? Nothing is sent; `send` asks the same of a draft."""

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


def verdict(body: bytes) -> AnyMessage | Refusal:
    """Judge one message as the doors and the ingress do: the message, ids filled in, or why it is refused.

    Never raises, whatever the bytes.
    """
    text = _text(body)
    if isinstance(text, Refusal):
        return text
    message = decode_strictly(text, catalogue=BY_NAME)
    if isinstance(message, Refusal):
        return message
    return _refused_by_sqs(text) or _too_large(text, message) or message


def validate(source: str) -> bool:
    """Judge the message in a file, or on standard input for `-`.

    Raises:
        OperatorError: it cannot be read.
    """
    judged = verdict(read(source))
    if isinstance(judged, Refusal):
        show_refusal(judged)
        return False
    _show_message(judged)
    return True


def show_refusal(refused: Refusal) -> None:
    """Print the reason's code, and a line for each problem."""
    console.print(Text.assemble(("✗ ", "red"), refused.reason.value))
    for problem in refused.problems:
        console.print(Text(f"  {printable(problem.sentence(reveal=True))}"), soft_wrap=True)


def _text(body: bytes) -> str | Refusal:
    if not body:
        return _no_json("the message is empty")
    if body.startswith(_UTF_8_BOM):
        return _no_json("begins with a byte order mark (EF BB BF): save it as UTF-8 without one")
    if body.startswith(_UTF_16_BOMS):
        return _no_json("not UTF-8, and by its first two bytes UTF-16: save it as UTF-8")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        return _no_json(f"not UTF-8: byte {error.start + 1:,} of {len(body):,} is 0x{body[error.start]:02x}")


def _refused_by_sqs(text: str) -> Refusal | None:
    """SQS takes no U+FFFE and U+FFFF (SendMessage, "MessageBody"); the control characters are no JSON anyhow."""
    if found := re.search("[\ufffe\uffff]", text):
        point = f"{ord(found.group()):04x}"
        return _no_json(f"has the character U+{point.upper()}, which SQS refuses: write it as the escape \\u{point}")
    return None


def _too_large(text: str, message: AnyMessage) -> Refusal | None:
    """What the bus takes is less than what SQS takes, so that it alone decides."""
    stamp = "" if "id" in message.model_fields_set else f'"id":"{message.id}",'  # what the ingress puts in
    event = Entry(body=stamp + text, type=message.type, source=message.source)
    if event.bus_size <= BUS_LIMIT:
        return None
    added = f", {len(stamp)} of them for the id that the ingress adds" if stamp else ""
    return refusal(
        Reason.TOO_LARGE,
        f"as an event it has {event.bus_size:,} bytes (source {len(message.source)}, type {len(message.type)}, "
        f"message {event.queue_size:,}{added}); EventBridge takes {BUS_LIMIT:,} at most",
    )


def _no_json(clause: str) -> Refusal:
    return refusal(Reason.INVALID_JSON, clause)


def _show_message(message: AnyMessage) -> None:
    derived = "" if "id" in message.model_fields_set else " (derived)"
    console.print(Text.assemble(("✓ ", "green"), "valid"))
    for what, value in (
        ("type", message.type),
        ("version", str(message.version)),
        ("id", f"{message.id}{derived}"),
    ):
        console.print(Text(f"  {what:<8} {printable(value)}"), soft_wrap=True)
