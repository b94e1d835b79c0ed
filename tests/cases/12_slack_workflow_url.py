"""hooks.slack.com/workflows/ and /triggers/ start workflows and show no blocks: such a URL is no incoming webhook."""

from kit import check, ok

from lambdas.slack_notifier.slack.webhook import Webhook

for url in (
    "https://hooks.slack.com/triggers/T0000/123/abc",
    "https://hooks.slack.com/workflows/T0000/A0000/123/abc",
):
    taken = Webhook(lambda url=url: url, allow_local=False).url()
    check(taken == "", f"{url} is taken for an incoming webhook")
webhook = "https://hooks.slack.com/services/T0/B0/x"
check(Webhook(lambda: webhook, allow_local=False).url(), "an incoming webhook is not taken")
ok()
