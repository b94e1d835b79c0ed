"""A stand-in for Slack's incoming webhook that applies Slack's limits, and cards in a terminal."""
