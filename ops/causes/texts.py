"""A cause in words: its state, its figures and its error, for lists and pages."""

from rich.text import Text

from ops.terminal.output import counted, printable
from ops.terminal.times import minute
from schemas.causes import Cause, CauseState


def state_in_words(cause: Cause) -> str:
    """Return the state with the operator who set it, such as `snoozed by user/ada until 2026-04-14 16:00 UTC`."""
    by = f" by {printable(cause.operator)}" if cause.operator else ""
    match cause.state:
        case CauseState.SNOOZED if cause.until:
            return f"snoozed{by} until {minute(cause.until)}"
        case CauseState.RESOLVED:
            version = f" in version {printable(cause.resolved_version)}" if cause.resolved_version else ""
            return f"resolved{by}{version}"
        case CauseState.OPEN | CauseState.OVER:
            return str(cause.state)
    return f"{cause.state}{by}"


def headline(cause: Cause) -> Text:
    """Return the fingerprint, state, type, reason and figures of a cause, in one line."""
    return Text.assemble(
        (printable(cause.fingerprint), "cyan"),
        f"  {printable(cause.service)}  {printable(cause.reason) or 'no reason'}  ",
        (state_in_words(cause), "yellow" if cause.state is CauseState.OPEN else ""),
        "  ",
        (counted(cause.total, "dead letter"), "bold"),
        f"  since {minute(cause.since)}, last {minute(cause.last_at)}",
    )


def error_of(cause: Cause) -> str:
    """Return the class and the redacted message of the first error; empty where none is recorded."""
    return printable(": ".join(filter(None, (cause.error, cause.detail))))
