"""`trace` and `tail`: follow a message through the logs, and show outcomes as they are logged."""
