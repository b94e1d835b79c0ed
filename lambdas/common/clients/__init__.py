"""Clients of other systems: the CRM, SES, SNS, SQS, EventBridge, EventBridge Scheduler."""
