"""Whether other systems are available: circuits, the evidence for an attempt, and what the table knows."""
