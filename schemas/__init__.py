"""The contracts: the message envelope, the event types and their payloads. Independent of AWS."""
