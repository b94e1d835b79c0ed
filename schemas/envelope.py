"""What is around every payload, by itself."""

from pydantic import JsonValue

from schemas.message import Fields


class Envelope(Fields):
    """A message of whatever type, its payload still unread."""

    payload: dict[str, JsonValue]
