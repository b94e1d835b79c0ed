"""Publishing from Python: make a valid message, hand it over, look at what was refused.

    queue = QueueDoor.of_stage("prod", boto3.Session())
    booked = message(BOOKING_CREATED, BookingCreated(...), source="taly.backend")
    receipts = publish([booked], queue)
    publish(receipts.to_send_again, queue)  # the same messages with the same ids: nothing is done twice

The contracts are in `schemas`; the service brings its own boto3.
"""

from publishing.doors import Accepted, BusDoor, Entry, QueueDoor, Refused
from publishing.messages import InvalidMessageError, message
from publishing.receipts import Receipts, publish

__all__ = [
    "Accepted",
    "BusDoor",
    "Entry",
    "InvalidMessageError",
    "QueueDoor",
    "Receipts",
    "Refused",
    "message",
    "publish",
]
