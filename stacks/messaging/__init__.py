"""The Messaging stack: bus, queues, rules, schedules, idempotency table."""
