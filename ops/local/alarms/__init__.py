"""What CloudWatch does with its alarms in a real stage: looks at the metrics each minute and turns the alarms."""
