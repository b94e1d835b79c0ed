"""Released contracts, and the check that changes to them are compatible."""
