"""Sizes of a stage with round figures, as read from templates."""

from ops.cost.templates import Sizes
from schemas.catalogue import CATALOGUE
from schemas.names import QUEUE_PROCESSOR

SIZES = Sizes(
    memory={QUEUE_PROCESSOR: 512, **{each.folder: 256 for each in CATALOGUE}},
    batch={QUEUE_PROCESSOR: 10, **{each.folder: each.batch_size for each in CATALOGUE}},
    concurrency={QUEUE_PROCESSOR: 50, **{each.folder: 20 for each in CATALOGUE}},
    rates={"email_send": 14.0, "sms_send": 20.0, "report_generate": 50.0},
    archive_days=0,
)
