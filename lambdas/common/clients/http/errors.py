"""The ways in which an HTTP request fails. Light to import, unlike the client."""


class NoResponseError(Exception):
    """No whole response came in time. The message is the failure's class alone: no address, and nothing that was sent.

    The request may have been carried out all the same.
    """


class NoConnectionError(NoResponseError):
    """There is no connection to the server, so that nothing was sent: its name, its port, TLS or the network."""
