"""The scheduler's sign of life, as it would come each minute."""

from datetime import timedelta

from local.traffic.chance import Chance
from local.traffic.draft import Draft, succeeded
from schemas.system import NOBODY, SYSTEM_HEARTBEAT


def beat(chance: Chance) -> Draft:
    """It comes all the way and leads to nothing. No two are of the same minute."""
    minute = chance.now.replace(second=0, microsecond=0) - timedelta(minutes=chance.number)
    return Draft(
        event_type=SYSTEM_HEARTBEAT,
        payload={"companyId": NOBODY},
        subject=f"heartbeat of {minute:%Y-%m-%d %H:%M}",
        happened_at=minute,
        endings=succeeded(SYSTEM_HEARTBEAT),
    )
