"""Sending dead letters back, first a sample of them."""
