"""Redrive: send dead letters back to their queue, a sample first."""
