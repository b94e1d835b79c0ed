"""`dead-letters`, `redrive` and `discard`: find, show, send back and delete dead letters."""
