"""A deployed stage: its AWS clients, queues, log groups and log lines; the local one that is left running."""
