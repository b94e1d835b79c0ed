"""What the system says of itself."""

from schemas.event_type import EventType, Kind
from schemas.wire import Payload

NOBODY = "00000000-0000-0000-0000-000000000000"
"""The tenant of what is no tenant's: the nil UUID (RFC 9562, section 5.9)."""


class Heartbeat(Payload):
    """Goes the whole way each minute and leads to nothing; its absence is an alarm."""


SYSTEM_HEARTBEAT = EventType("system.heartbeat", Heartbeat, Kind.REACTION, sent_by="EventBridge Scheduler, each minute")
