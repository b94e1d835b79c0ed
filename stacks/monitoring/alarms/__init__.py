"""Which alarms there are, and where they report."""
