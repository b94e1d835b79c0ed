"""Redact personal data and secrets from texts before they are logged."""
