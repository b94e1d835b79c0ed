"""`replay`: events published again from the bus's archive."""
