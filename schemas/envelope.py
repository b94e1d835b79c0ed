"""What is around every payload, by itself."""

from typing import Annotated

from pydantic import JsonValue

from schemas.message import EnvelopeFields
from schemas.wire import Personal


class Envelope(EnvelopeFields):
    """A message of whatever type, its payload still unread."""

    payload: Annotated[dict[str, JsonValue], Personal("what the type's own contract says")]
