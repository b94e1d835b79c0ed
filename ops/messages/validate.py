"""`validate`: is this a message, and if not, why not?"""

from rich.text import Text

from ops.messages.validation import verdict
from ops.terminal.input import read
from ops.terminal.output import console
from ops.terminal.printable import printable
from schemas.message import AnyMessage
from schemas.problems import Refusal


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


def _show_message(message: AnyMessage) -> None:
    derived = "" if "id" in message.model_fields_set else " (derived)"
    console.print(Text.assemble(("✓ ", "green"), "valid"))
    for what, value in (
        ("type", message.type),
        ("version", str(message.version)),
        ("id", f"{message.id}{derived}"),
    ):
        console.print(Text(f"  {what:<8} {printable(value)}"), soft_wrap=True)
