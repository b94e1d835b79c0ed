"""`dead-letters`, `redrive` and `discard`: dead letters found, shown, sent back and deleted."""
