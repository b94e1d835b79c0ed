"""`trace` and `tail`: a message's journey from the logs, and outcomes as they come."""
