"""A report's address that S3 signed with temporary credentials: the token alone may have 2 to 4 KB, AWS promises no
maximum.
"""

from kit import BOOKING, message, ok, routed

url = (
    "https://reports.s3.eu-central-1.amazonaws.com/r.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=3600"
    f"&X-Amz-Signature={'a' * 64}&X-Amz-Security-Token={'A' * 2200}"
)
report = {
    "reportId": BOOKING["bookingId"],
    "companyName": "C",
    "title": "Revenue",
    "format": "pdf",
    "downloadUrl": url,
    "expiresAt": "2030-01-01T00:00:00Z",
    "recipients": [{"email": "ada@example.com"}],
}
routed(message("report.generated", report))
ok()
