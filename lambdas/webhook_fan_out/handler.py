"""An event goes to the endpoints that subscribe to it."""

from collections.abc import Iterator

from lambdas.common.clients.crm import Crm
from lambdas.common.errors import UnreadableError
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut
from lambdas.common.handlers import reaction
from schemas.message import Message
from schemas.webhooks import WEBHOOK_DELIVER, WEBHOOK_FAN_OUT, WebhookDeliver, WebhookFanOut


@reaction(WEBHOOK_FAN_OUT)
def handler(fan_out: Message[WebhookFanOut], crm: Crm) -> Iterator[FollowUp]:
    """Notify each of the company's endpoints that subscribe to the event, each once however often it is listed."""
    event = fan_out.payload
    company = crm.webhooks(event.company_id, event.event)
    if company.rows_left_out and not company.endpoints:
        raise UnreadableError("none of the company's endpoints can be notified", company.left_out)
    yield from map(LeftOut, company.left_out)
    for endpoint in company.endpoints:
        delivery = WebhookDeliver(**dict(event), endpoint_id=endpoint.id)
        yield Emit(WEBHOOK_DELIVER, delivery, discriminator=endpoint.id)
