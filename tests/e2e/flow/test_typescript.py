"""A TypeScript backend publishes one event of each type with the published contracts, and all succeed."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from local.standins.crm.state import Facts
from local.standins.webhooks.state import Subscriber
from local.traffic.publication import Publication, PublicationDoor
from local.traffic.publish import AcceptedPublication
from ops.terminal.checkout import ROOT
from schemas.catalogue import CATALOGUE
from schemas.crm import Appointment, AppointmentCustomer
from schemas.reasons import Outcome
from schemas.sms import SMS_SEND
from tests.e2e.scene import Scene

PUBLISHER = Path(__file__).parent / "typescript" / "publish.ts"
TEXTED, REMINDED = "+14155559901", "+14155559902"
SECRET = "whsec_dHlwZXNjcmlwdHR5cGVzY3JpcHR0eXBlc2NyaXB0"  # noqa: S105 of a stand-in


def test_one_event_of_each_type_from_typescript_succeeds(scene: Scene) -> None:
    company, endpoint, gone = (str(uuid4()) for _ in range(3))
    # One for each type: of simultaneous events about one appointment any could schedule last.
    appointments = [str(uuid4()) for _ in range(4)]
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    scene.stage.prepare(
        Facts(
            appointments=tuple(_appointment(each, company, start) for each in appointments),
            subscribers=(
                Subscriber(endpoint_id=endpoint, company_id=company, event="booking.created", secrets=(SECRET,)),
                Subscriber(endpoint_id=gone, company_id=company, event="booking.deleted", secrets=(SECRET,)),
            ),
        )
    )

    ids_by_type = publish(
        scene,
        companyId=company,
        appointmentIds=appointments,
        startTime=start.isoformat(),
        endpointId=endpoint,
        goneEndpointId=gone,
        phone=TEXTED,
    )

    assert ids_by_type.keys() == {event_type.name for event_type in CATALOGUE}
    scene.records.add(_accepted(type_name, id_, company) for type_name, id_ in ids_by_type.items())
    for type_name, id_ in ids_by_type.items():
        decided = scene.outcome_at(id_, type_name)
        assert decided.what is Outcome.SUCCEEDED, (type_name, decided)
        assert {line.what for line in scene.follow_ups_of(decided)} <= {Outcome.SUCCEEDED}, type_name


def publish(scene: Scene, **given: object) -> dict[str, str]:
    """Run the publisher; returns the ids by type."""
    arguments = json.dumps({"queueUrl": scene.stage.deployed.ingress_queue_url, **given})
    run = subprocess.run(
        [ROOT / ".venv" / "bin" / "node", PUBLISHER, arguments],
        env=scene.stage.endpoint.environment(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return {line["type"]: line["id"] for line in map(json.loads, run.stdout.splitlines())}


def _appointment(appointment_id: str, company_id: str, start: datetime) -> Appointment:
    return Appointment(
        id=appointment_id,
        company_id=company_id,
        company_name="Café Zoë",
        status="booked",
        customer=AppointmentCustomer(name="Ada Lovelace", email="typescript@example.com", phone=REMINDED),
        service="Haircut",
        staff="Grace",
        start_time=start,
        end_time=start + timedelta(minutes=45),
        time_zone="Europe/Berlin",
    )


def _accepted(type_name: str, id_: str, company: str) -> AcceptedPublication:
    phone = {SMS_SEND.name: TEXTED, "appointment.reminder": REMINDED}.get(type_name, "")
    return AcceptedPublication(
        Publication(
            door=PublicationDoor.QUEUE,
            type=type_name,
            body=json.dumps({"type": type_name, "id": id_, "payload": {"companyId": company}}),
            company_id=company,
            id=id_,
            subject="",
            outcomes=(),
            phone=phone,
        )
    )
