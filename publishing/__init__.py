"""Publish events from Python: build a valid message, send it, and handle refusals.

    queue = QueueDoor.of_stage("prod", boto3.Session())
    booked = message(BOOKING_CREATED, BookingCreated(...), source="taly.backend")
    receipts = publish([booked], queue)
    publish(receipts.to_send_again, queue)  # the same messages with the same ids: no job runs twice

The contracts are in `schemas`. The package does not install boto3: services use their own version.
"""

from publishing.doors import Accepted, BusDoor, Entry, QueueDoor, Refused
from publishing.messages import InvalidMessageError, message
from publishing.receipts import Receipts, publish
from publishing.responses import NotAwsError

__all__ = [
    "Accepted",
    "BusDoor",
    "Entry",
    "InvalidMessageError",
    "NotAwsError",
    "QueueDoor",
    "Receipts",
    "Refused",
    "message",
    "publish",
]
