"""One connection to one server, which another thread can end."""

import select
import socket
import ssl
from contextlib import suppress
from http.client import HTTPConnection
from time import monotonic

from lambdas.common.clients.http.response import FinalResponse

_MIN_DIAL_SECONDS = 0.05


def tls_context() -> ssl.SSLContext:
    """Verify certificates and names by the system's authorities, and speak HTTP/1.1."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


class HttpConnection(HTTPConnection):
    """Speaks HTTP/1.1 over TLS, or plain HTTP, without proxy, redirects, retries or decompression.

    http.client itself asks for `Accept-Encoding: identity`.
    """

    response_class = FinalResponse
    auto_open = 0
    """`open` has to be called: a connection that was closed must not be dialled again in passing."""

    def __init__(self, host: str, port: int, *, tls: ssl.SSLContext | None, address: str | None = None) -> None:
        """Prepare a connection.

        Args:
            host: the server's name; with TLS, its certificate must be for it.
            port: the server's port.
            tls: how to encrypt; None for plain HTTP.
            address: the IP address to connect to; None to look up the host.
        """
        super().__init__(host, port)
        self._tls = tls
        self._address = address
        self._is_aborted = False
        self._abortable: socket.socket | None = None
        """The socket; http.client forgets it before it reads a response that ends with the connection."""

    def open(self, seconds: float) -> None:
        """Connect; from then on no single read or write may take longer than `seconds`.

        Raises:
            OSError: there is no connection, or the certificate is not the host's.
        """
        # Each socket is stored before it is waited for, so that `abort` can end the wait.
        self.sock = self._abortable = self._dial(monotonic() + seconds)
        self._check_aborted()
        self.sock.settimeout(seconds)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            secured = self._tls.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock = self._abortable = secured
            self._check_aborted()
            secured.do_handshake()

    def abort(self) -> None:
        """Shut the socket down, so that a thread that waits for it stops."""
        self._is_aborted = True  # set before the socket is read; `open` sets the socket before it reads the flag
        if self._abortable is not None:
            with suppress(OSError):  # already closed
                # Not `SSLSocket.shutdown`: it removes TLS while another thread reads.
                socket.socket.shutdown(self._abortable, socket.SHUT_RDWR)

    def is_usable(self) -> bool:
        """Whether it is open and nothing came since the last response: neither its end nor a response to nothing."""
        if self.sock is None or self._is_aborted or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()):
            return False
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(0)

    def _check_aborted(self) -> None:
        if self._is_aborted:
            raise TimeoutError

    def _dial(self, ends_at: float) -> socket.socket:
        """Try each address with half of the time that is left, so that TLS and the request have some of it."""
        error = OSError("the host has no address")
        for *_, address in socket.getaddrinfo(self._address or self.host, self.port, type=socket.SOCK_STREAM):
            seconds = max(_MIN_DIAL_SECONDS, (ends_at - monotonic()) / 2)
            try:
                return socket.create_connection((str(address[0]), self.port), seconds)
            except OSError as caught:
                error = caught
        raise error
