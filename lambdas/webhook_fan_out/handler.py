"""An event goes to the endpoints that subscribe to it."""

from collections.abc import Iterator

from lambdas.common.clients.crm import Crm
from lambdas.common.follow_ups import Emit, FollowUp
from lambdas.common.handlers import reaction
from schemas.message import Message
from schemas.webhooks import WEBHOOK_DELIVER, WEBHOOK_FAN_OUT, WebhookDeliver, WebhookFanOut


@reaction(WEBHOOK_FAN_OUT)
def handler(fan_out: Message[WebhookFanOut], crm: Crm) -> Iterator[FollowUp]:
    """Notify each of the company's endpoints that subscribe to the event, each once however often it is listed."""
    event = fan_out.payload
    for endpoint_id in dict.fromkeys(endpoint.id for endpoint in crm.webhooks(event.company_id, event.event)):
        delivery = WebhookDeliver(**dict(event), endpoint_id=endpoint_id)
        yield Emit(WEBHOOK_DELIVER, delivery, discriminator=endpoint_id)
