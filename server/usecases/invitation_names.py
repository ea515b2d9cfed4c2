"""The name under which a candidate's calendar knows a meeting, and who may speak of it.

The name carries a mark that only this installation can make (decision 0006): an answer by mail is
believed only with it.
"""

import hashlib
import hmac
import re
from urllib.parse import urlsplit
from uuid import UUID

from calendar_sync.invitation_format import invitation_uid
from server.usecases.context import Parts

_NAME = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9a-f]{32})@(.+)")


def invitation_name(parts: Parts, meeting: UUID) -> str:
    """The UID of the invitation to a meeting, through all its changes."""
    return invitation_uid(str(meeting), _mark(parts, meeting), mail_domain(parts))


def meeting_named(parts: Parts, uid: str) -> UUID | None:
    """The meeting of a UID that we made; None for any other."""
    found = _NAME.fullmatch(uid.strip().lower())
    if found is None or found[3] != mail_domain(parts).lower():
        return None
    meeting = UUID(found[1])
    return meeting if hmac.compare_digest(found[2], _mark(parts, meeting)) else None


def mail_domain(parts: Parts) -> str:
    """The right side of every Message-ID and UID of this installation."""
    return urlsplit(parts.settings.public_url).hostname or "localhost"


def _mark(parts: Parts, meeting: UUID) -> str:
    """128 bits: nobody makes one by trying."""
    key = parts.secret.derive("invitation_uid")
    return hmac.new(key, meeting.bytes, hashlib.sha256).hexdigest()[:32]
