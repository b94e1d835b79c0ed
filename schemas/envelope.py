"""The message envelope with an unread payload."""

from typing import Annotated

from pydantic import JsonValue

from schemas.message import EnvelopeFields
from schemas.wire import Personal


class Envelope(EnvelopeFields):
    """A message of any type."""

    payload: Annotated[dict[str, JsonValue], Personal("as the type's contract says")]
    """The fields of the event type."""
