"""Servers on loopback that stand in for the CRM, Slack and webhook endpoints."""
