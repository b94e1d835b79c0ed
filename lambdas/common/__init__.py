"""The shared validation and retry layer: a batch of SQS records in, one outcome a record out."""
