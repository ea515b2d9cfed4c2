"""What a database error means to a person: taken, busy, or not reachable."""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from coaching.errors import Conflict, Unavailable

_TAKEN = ("coach_taken", "candidate_taken", "room_taken")
_EMAIL_TAKEN = ("uq_staff_email", "staff.email")
# Two transactions wrote the same thing at once; whoever comes second looks again and finds it.
_CLASHES = (
    "idempotency",
    "trajectory.number",
    "uq_trajectory_number",
    "outbox.dedupe_key",
    "uq_kept_line_meeting_id_digest",
    "pk_talk_mood",
    "pk_talk_quality",
    "pk_waiting_note",
    "pk_coach_profile",
    "uq_agreement_link_trajectory_id",
    "pk_closing_note",
    "pk_staff_mail",
    "pk_travel",
    "uq_observation_meeting_id_staff_id",
)
_CLASH_STATES = frozenset({"40P01", "40001"})  # deadlock_detected, serialization_failure
_BUSY_STATES = frozenset({"55P03", "57014"})  # lock_not_available, query_canceled
_FULL = ("disk is full", "disk I/O error")


class Clashed(Unavailable):
    """Two transactions stood in each other's way; the same work succeeds when done again."""


class StorageFailed(Unavailable):
    """The disk refused a write: no more writes until somebody has looked."""


def translate(error: Exception) -> Exception:
    """The error that use cases know for `error`, or `error` itself when it is our own mistake.

    23P01 and the triggers' messages become `Conflict`, 40P01 and 40001 `Clashed`, 55P03 and a
    locked SQLite file `Unavailable("busy")` (security handbook 2.8).
    """
    if isinstance(error, PoolTimeout):
        return Unavailable("busy")
    if not isinstance(error, DBAPIError):
        return error
    return _by_constraint(error) or _by_state(error) or error


def _by_constraint(error: DBAPIError) -> Exception | None:
    said = _constraint_or_message(error)
    for code in _TAKEN:
        if code in said:
            return Conflict(code)
    if any(mark in said for mark in _EMAIL_TAKEN):
        return Conflict("email_taken")
    if "unique" in str(error.orig).lower() and any(mark in said for mark in _CLASHES):
        return Clashed("busy")
    return None


def _by_state(error: DBAPIError) -> Exception | None:
    state = getattr(error.orig, "sqlstate", None) or ""
    said = str(error.orig)
    if state in _CLASH_STATES:
        return Clashed("busy")
    if state in _BUSY_STATES or "database is locked" in said:
        return Unavailable("busy")
    if any(mark in said for mark in _FULL) or state == "53100":  # disk_full
        return StorageFailed("storage_failed")
    if "no such table" in said or state == "42P01":  # undefined_table
        return Unavailable("not_migrated")
    unreachable = "unable to open database" in said or state.startswith(("08", "57P", "53"))
    if error.connection_invalidated or unreachable:
        return Unavailable("database_unreachable")
    return None


def _constraint_or_message(error: DBAPIError) -> str:
    # PostgreSQL's message repeats values that a person typed; its constraint name does not.
    cause = error.orig.__cause__ if error.orig else None
    return getattr(cause, "constraint_name", None) or str(error.orig)
