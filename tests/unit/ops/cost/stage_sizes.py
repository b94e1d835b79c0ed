"""Sizes of a stage with round figures, as read from templates."""

from ops.cost.templates import Sizes
from schemas.catalogue import CATALOGUE
from schemas.names import QUEUE_PROCESSOR

SIZES = Sizes(
    memory={QUEUE_PROCESSOR: 512, **{each.folder: 256 for each in CATALOGUE}},
    batch={QUEUE_PROCESSOR: 10, **{each.folder: each.batch_size for each in CATALOGUE}},
    concurrency={QUEUE_PROCESSOR: 50, **{each.folder: 20 for each in CATALOGUE}},
    archive_days=0,
)
