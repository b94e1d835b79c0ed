"""A deployed stage: its AWS clients, doors, queues, log groups and log lines; the local stage that is running."""
