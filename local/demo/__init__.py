"""`make demo`: a morning of messages, what became of them, and the cards that tell of the failures."""
