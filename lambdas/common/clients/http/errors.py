"""The one way in which an HTTP request fails: no whole response came. Light to import, unlike the client."""


class NoResponseError(Exception):
    """No whole response came in time. The message is the failure's class alone: no address, and nothing that was sent.

    The request may have been carried out all the same.
    """
