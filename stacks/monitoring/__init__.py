"""The Monitoring stack: alarms, dashboard, Slack notifier, audit log."""
