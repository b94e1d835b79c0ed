"""ALARM, then INSUFFICIENT_DATA, then OK: that it is over is news, since people were told that it was on."""

from kit import check, ok

from tests.unit.functions.slack_notifier.slack_fakes import NotifierHarness

scene = NotifierHarness()
for state, old, at in (
    ("ALARM", "OK", "14:00"),
    ("INSUFFICIENT_DATA", "ALARM", "14:10"),
    ("OK", "INSUFFICIENT_DATA", "14:20"),
):
    notification = {
        "AlarmName": "orders-5xx",
        "AWSAccountId": "123456789012",
        "NewStateValue": state,
        "OldStateValue": old,
        "NewStateReason": "x",
        "StateChangeTime": f"2026-11-24T{at}:00.000+0000",
        "AlarmArn": "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:orders-5xx",
    }
    scene.send(notification)
    scene.run()
check("recovered" in scene.headers[-1], f"the last card is {scene.headers[-1]!r}")
ok()
