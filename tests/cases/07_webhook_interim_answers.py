"""RFC 9110, 15.2: 1xx answers before the final one are read past; here 102 and 103 before a 200."""

import socket
import threading
from datetime import UTC, datetime

from kit import fail, ok

from lambdas.webhook_deliver.handler import check_response
from lambdas.webhook_deliver.posting import Webhooks

FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def serve(*parts: bytes) -> int:
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listening.accept()
        connection.recv(65536)
        for part in parts:
            connection.sendall(part)
        connection.close()
        listening.close()

    threading.Thread(target=answer, daemon=True).start()
    return int(listening.getsockname()[1])


for interim in (
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n",
    b"HTTP/1.1 102 Processing\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n",
):
    port = serve(interim, FINAL)
    webhooks = Webhooks(seconds=lambda: 5.0, allow_private_addresses=True)
    try:
        check_response(webhooks.post(f"http://127.0.0.1:{port}/", b"{}", {}), datetime.now(UTC))
    except Exception as error:
        fail(f"{interim[:30]!r}: {type(error).__name__}: {error}")
ok()
