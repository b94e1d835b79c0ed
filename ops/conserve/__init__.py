"""`conserve`: check by logs, queues and schedules that a stage lost no message and did nothing twice."""
