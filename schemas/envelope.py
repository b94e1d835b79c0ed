"""What is around every payload, by itself."""

from typing import Annotated

from pydantic import JsonValue

from schemas.message import Fields
from schemas.wire import Personal


class Envelope(Fields):
    """A message of whatever type, its payload still unread."""

    payload: Annotated[dict[str, JsonValue], Personal("what the type's own contract says")]
