"""What is known of a stage that is left running."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Running:
    """Its addresses."""

    endpoint_url: str
    ingress_queue_url: str
    event_bus_name: str
    crm_base_url: str
    webhooks_base_url: str
    slack_base_url: str
    folder: str
    is_as_promised: bool = True
    """Whether all was as promised in what happened on it before it was left alone."""
