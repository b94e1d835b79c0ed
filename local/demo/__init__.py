"""`make demo`: publishes a morning's messages, checks their outcomes and shows the alerts about the failures."""
