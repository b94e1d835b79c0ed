"""The scheduled tasks of a local stage: heartbeats, alarms, the Slack notifier."""
