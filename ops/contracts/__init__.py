"""The contracts as other teams get them."""
