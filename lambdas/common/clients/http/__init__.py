"""HTTP for all functions: one connection, one deadline and one response class for the CRM, Slack and webhooks."""
