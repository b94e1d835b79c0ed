"""Publish the contracts for other teams, and check that changes are compatible."""
