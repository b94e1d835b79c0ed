"""What happens each minute in a local stage: heartbeats, the notifier, alarms."""
