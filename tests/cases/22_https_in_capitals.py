"""A scheme knows no case (RFC 3986, 3.1)."""

from kit import fail, ok

from lambdas.webhook_deliver.destination import destination

try:
    destination(
        "HTTPS://hooks.example.com/x", resolve=lambda _host, _port: ["93.184.216.34"], allow_private_addresses=False
    )
except Exception as error:
    fail(f"{type(error).__name__}: {error}")
ok()
