"""The words of the field, as closed sets: kinds of meeting, modes, roles, states, skill."""

from enum import StrEnum


class MeetingKind(StrEnum):
    """What a meeting is for (domain rule 5.2, meeting types)."""

    ACQUAINTANCE = "acquaintance"
    INTAKE = "intake"
    DIAGNOSIS = "diagnosis"
    REASSESSMENT = "reassessment"
    PROGRESS = "progress"
    CHECKIN = "checkin"
    CLOSING = "closing"
    THREE_WAY = "three_way"
    PRACTICE = "practice"
    COLLEAGUE = "colleague"


class Mode(StrEnum):
    """How people meet: at a location, by video, by phone, in writing."""

    OFFLINE = "offline"
    VIDEO = "video"
    PHONE = "phone"
    WRITTEN = "written"


class Change(StrEnum):
    """What is new in an appointment that stood already, as a candidate is told first."""

    TIME = "time"
    FORM = "form"  # how, where or how long; the time is the same
    COACH = "coach"  # who: another coach has it, or the own one has it again


class MeetingStatus(StrEnum):
    """Where a meeting stands in its life; the allowed steps are in `coaching.lifecycle`."""

    PROVISIONAL = "provisional"  # a time that is held, not yet an appointment
    PLANNED = "planned"
    OPEN = "open"
    HELD = "held"
    MISSED = "missed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Role(StrEnum):
    """The two seats of a talk."""

    COACH = "coach"
    CANDIDATE = "candidate"

    @property
    def other(self) -> "Role":
        """The role on the far side of the talk."""
        return Role.CANDIDATE if self is Role.COACH else Role.COACH


class StaffRole(StrEnum):
    """What a member of staff may do; one person may have several."""

    COACH = "coach"
    PLANNER = "planner"
    ADMIN = "admin"


class Skill(StrEnum):
    """How well a candidate manages a video talk; staff see it, the candidate never does."""

    ABLE = "able"
    LESS = "less"
    NONE = "none"
    UNKNOWN = "unknown"


class SkillSource(StrEnum):
    """Who or what said so."""

    SELF = "self"
    INTAKE = "intake"
    COACH_OBSERVATION = "coach_observation"
    PRACTICE = "practice"
    FAILURE = "failure"


class Comfort(StrEnum):
    """Three faces: how much at ease somebody is with far talks (5.2). No rule reads it."""

    AT_EASE = "at_ease"
    SO_SO = "so_so"
    UNEASY = "uneasy"


class Score(StrEnum):
    """How a practice went; one that was not bad is passed (5.2)."""

    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"


class PracticeCause(StrEnum):
    """What stood in the way in a practice."""

    CAMERA = "camera"
    MICROPHONE = "microphone"
    SOUND = "sound"
    NETWORK = "network"
    BROWSER = "browser"
    STOPPED = "stopped"  # left halfway
    OTHER = "other"


class NoTaskReason(StrEnum):
    """Why a video talk ended without a task (R6); a choice, so that nothing of a talk is told."""

    OTHER_SUBJECT = "other_subject"
    NO_TIME = "no_time"
    CANDIDATE_WISH = "candidate_wish"
    NEXT_TIME = "next_time"


class NoNextReason(StrEnum):
    """Why a talk ended without a next step or date (S2-39); a choice, as above."""

    ENDS = "ends"
    LATER = "later"
    CANDIDATE_WISH = "candidate_wish"


class TrajectoryState(StrEnum):
    """Where a trajectory stands (R29)."""

    ACTIVE = "active"
    PAUSED = "paused"
    RESTRICTED = "restricted"  # GDPR article 18
    ENDED = "ended"


class Language(StrEnum):
    """Languages that have a whole catalogue."""

    NL = "nl"
    EN = "en"
