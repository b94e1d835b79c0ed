"""The shared loop: a batch of SQS records in, one outcome a record out."""
