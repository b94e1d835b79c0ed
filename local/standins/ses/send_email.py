"""Read and validate a SendEmail request as SES does.

Sources: SES API v2 (SendEmail, Destination, Message, MessageHeader, MessageTag, Attachment); SES Developer Guide,
"Service quotas" (recipients, message size) and "Unsupported attachment types".
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from email.errors import MessageError
from email.utils import getaddresses
from typing import Any

from local.standins.ses.mail import MailAttachment, SentMail

MAX_BYTES = 40 * 1024 * 1024
"""Bytes of a mail's MIME source."""

_MAX_RECIPIENTS = 50
_MAX_ADDRESS = 320
_MAX_TAGS = 50
_MAX_HEADERS = 15
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_HEADER_NAME = re.compile(r"[!-9;-~]{1,126}")
_HEADER_VALUE = re.compile(r"[ -~]{1,995}")
_MAX_HEADER = 996
"""Characters of a header field's name and value together."""

_FILE_NAME = re.compile(r".{1,255}")
_MEDIA_TYPE = re.compile(r".{1,78}")
_ADDRESS = re.compile(r"[!-~]+@[!-~]+")

_OWN_HEADERS = {"bcc", "cc", "date", "from", "message-id", "mime-version", "reply-to", "return-path", "subject", "to"}
"""Header fields that SES writes itself, besides all that begin with `Content-`."""

_UNSUPPORTED = re.compile(
    r"(ade|adp|app|asp|bas|bat|cer|chm|cmd|com|cpl|crt|csh|der|exe|fxp|gadget|hlp|hta|inf|ins|isp|its|js|jse|ks"
    r"h|lib|lnk|mad|maf|mag|mam|maq|mar|mas|mat|mau|mav|maw|mda|mdb|mde|mdt|mdw|mdz|msc|msh|msh1|msh2|mshxml|ms"
    r"h1xml|msh2xml|msi|msp|mst|ops|pcd|pif|plg|prf|prg|reg|scf|scr|sct|shb|shs|sys|ps1|ps1xml|ps2|ps2xml|psc1|"
    r"psc2|tmp|url|vb|vbe|vbs|vps|vsmacros|vss|vst|vsw|vxd|ws|wsc|wsf|wsh|xnk)"
)
"""Extensions of file names that SES takes for no attachment."""


class RefusedMailError(Exception):
    """SES refuses the request; the text says why."""

    def __init__(self, code: str, why: str) -> None:
        """Refuse with SES's error code."""
        super().__init__(why)
        self.code = code


def mail_of(body: bytes) -> SentMail:
    """Read the mail of a request's body.

    Raises:
        RefusedMailError: SES would refuse it, or it is of a kind that this system does not send.
    """
    request = _json(body)
    content = _fields(request, "Content")
    if set(content) != {"Simple"}:
        raise _bad("Content must have Simple alone: the stand-in takes no Raw and no Template content")
    simple, destination = _fields(content, "Simple"), _fields(request, "Destination")
    if destination.get("CcAddresses") or destination.get("BccAddresses"):
        raise _bad("the stand-in takes no CcAddresses and no BccAddresses: this system sends to one recipient a mail")
    parts = _fields(simple, "Body")
    mail = SentMail(
        to=_addresses(destination, "ToAddresses"),
        sender=_sender(request),
        subject=_data(simple, "Subject"),
        text=_data(parts, "Text") if "Text" in parts else "",
        html=_data(parts, "Html") if "Html" in parts else "",
        reply_to=_addresses(request, "ReplyToAddresses"),
        headers=_headers(simple),
        attachments=tuple(_attachment(each) for each in _list(simple, "Attachments")),
        tags=_tags(request),
        configuration_set=_text(request.get("ConfigurationSetName", ""), "ConfigurationSetName"),
    )
    _check(mail)
    return mail


def _check(mail: SentMail) -> None:
    if not 1 <= len(mail.to) <= _MAX_RECIPIENTS:
        raise _bad(f"Recipient count must be 1 to {_MAX_RECIPIENTS}, not {len(mail.to)}")
    if not (mail.text or mail.html):
        raise _bad("Body must have Text or Html")
    if len(mail.subject.splitlines()) > 1:
        raise _bad("Subject must not have a line break")
    try:
        size = len(mail.source())
    except (ValueError, MessageError, LookupError) as error:
        raise _bad(f"the mail is malformed: {error}") from None
    if size > MAX_BYTES:
        raise _bad(f"Message length is more than {MAX_BYTES} bytes long: {size}")


def _sender(request: Mapping[str, Any]) -> str:
    sender = _text(request.get("FromEmailAddress", ""), "FromEmailAddress")
    if [bool(_ADDRESS.fullmatch(address)) for _, address in getaddresses([sender])] != [True]:
        raise _bad("FromEmailAddress must be one address, with or without a display name")
    return sender


def _addresses(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    addresses = tuple(_text(each, name) for each in _list(fields, name))
    for each in addresses:
        if len(each) > _MAX_ADDRESS or not each.isascii():
            raise _bad(f"{name} has an address that is not ASCII, or has more than {_MAX_ADDRESS} characters")
        if not _ADDRESS.fullmatch(each) or set(each) & set(",;<>"):
            raise _bad(f"{name} has a text that is not one address")
    return addresses


def _tags(request: Mapping[str, Any]) -> dict[str, str]:
    tags = [
        (_text(each.get("Name"), "Name"), _text(each.get("Value"), "Value")) for each in _rows(request, "EmailTags")
    ]
    if len(tags) > _MAX_TAGS:
        raise _bad(f"EmailTags must be {_MAX_TAGS} at most, not {len(tags)}")
    for name, value in tags:
        if not _TAG.fullmatch(name) or not _TAG.fullmatch(value):
            raise _bad(
                f"EmailTags: {name!r} must have 1 to 256 letters, digits, underscores or dashes in its name and value"
            )
    return _unique(tags, "EmailTags")


def _headers(simple: Mapping[str, Any]) -> dict[str, str]:
    headers = [
        (_text(each.get("Name"), "Name"), _text(each.get("Value"), "Value")) for each in _rows(simple, "Headers")
    ]
    if len(headers) > _MAX_HEADERS:
        raise _bad(f"Headers must be {_MAX_HEADERS} at most, not {len(headers)}")
    for name, value in headers:
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS or name.lower().startswith("content-"):
            raise _bad(f"Headers: {name!r} is no header name, or one that SES writes itself")
        if not _HEADER_VALUE.fullmatch(value):
            raise _bad(f"Headers: the value of {name} must be 1 to 995 printable ASCII characters")
        if len(name) + len(value) > _MAX_HEADER:
            raise _bad(f"Headers: name and value of {name} must have {_MAX_HEADER} characters at most together")
    return _unique(headers, "Headers")


def _attachment(fields: Any) -> MailAttachment:
    if not isinstance(fields, dict):
        raise _bad("Attachments must be objects")
    name = _text(fields.get("FileName"), "FileName")
    media_type = _text(fields.get("ContentType", "application/octet-stream"), "ContentType")
    if not _FILE_NAME.fullmatch(name) or not _MEDIA_TYPE.fullmatch(media_type):
        raise _bad("Attachments: FileName must have 1 to 255 characters, ContentType 1 to 78, both in one line")
    if _UNSUPPORTED.fullmatch(name.rpartition(".")[2].lower()):
        raise _bad(f"Attachments: SES does not support files of the type .{name.rpartition('.')[2]}")
    try:
        content = b64decode(_text(fields.get("RawContent"), "RawContent"), validate=True)
    except ValueError:
        raise _bad("Attachments: RawContent must be base64") from None
    return MailAttachment(name=name, media_type=media_type, content=content)


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        request = json.loads(body)
    except ValueError:
        raise RefusedMailError("SerializationException", "the body is not JSON") from None
    if not isinstance(request, dict):
        raise RefusedMailError("SerializationException", "the body is not a JSON object")
    return request


def _fields(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = fields.get(name)
    if not isinstance(value, dict):
        raise _bad(f"{name} must be an object")
    return value


def _list(fields: Mapping[str, Any], name: str) -> Sequence[Any]:
    value = fields.get(name) or []
    if not isinstance(value, list):
        raise _bad(f"{name} must be a list")
    return value


def _rows(fields: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    rows = _list(fields, name)
    if not all(isinstance(each, dict) for each in rows):
        raise _bad(f"{name} must be objects with Name and Value")
    return rows


def _data(fields: Mapping[str, Any], name: str) -> str:
    return _text(_fields(fields, name).get("Data"), f"{name}.Data")


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise _bad(f"{name} must be a text")
    return value


def _unique(pairs: Sequence[tuple[str, str]], name: str) -> dict[str, str]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _bad(f"{name} has a name twice")
    return found


def _bad(why: str) -> RefusedMailError:
    return RefusedMailError("BadRequestException", why)
