"""What a decision says: verdict, reasons, actions and the alternatives that are allowed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coaching.words import Language, MeetingKind, Mode


class Outcome(StrEnum):
    """Ordered from open to closed; the most restrictive one of all rules wins (domain 5.3)."""

    ALLOW = "allow"
    ALLOW_WITH = "allow_with"
    REFUSE_UNTIL = "refuse_until"
    REFUSE = "refuse"


class Action(StrEnum):
    """What has to be started besides the answer."""

    PROPOSE_OFFLINE = "propose_offline"
    PROPOSE_PRACTICE = "propose_practice"
    PHONE_NOW = "phone_now"
    NUDGE = "nudge"
    COACH_TODO = "coach_todo"
    FLAG = "flag"
    ASK_REASON = "ask_reason"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One sentence in both languages of the installation."""

    nl: str
    en: str

    def to(self, language: Language) -> str:
        """Give the sentence in `language`."""
        return self.nl if language is Language.NL else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One rule's part in a verdict. `candidate` is None where a candidate need not read it."""

    rule: str
    staff: Text
    candidate: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Something else that can be done; fed back as a booking it is not refused.

    `action` names a step that is not a booking (for example "ask_consent"); otherwise `kind` and
    `mode` describe the booking, at the same time unless `starts_at` gives another.
    """

    label: Text
    kind: MeetingKind | None = None
    mode: Mode | None = None
    starts_at: datetime | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The whole answer of the engine, with the version of the settings it was made under."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    actions: tuple[Action, ...]
    alternatives: tuple[Alternative, ...]
    settings_version: int
    lifted: tuple[str, ...] = ()  # rules that a recorded exception kept from refusing (5.5)

    @property
    def allowed(self) -> bool:
        """Whether what was asked may be done now."""
        return self.outcome in (Outcome.ALLOW, Outcome.ALLOW_WITH)

    @property
    def leading_rule(self) -> str:
        """The rule that decided, or an empty string for a bare allow."""
        return self.reasons[0].rule if self.reasons else ""

    @property
    def candidate_reason(self) -> Text | None:
        """The one sentence a candidate reads, of the leading rule that has one (5.3)."""
        return next((r.candidate for r in self.reasons if r.candidate is not None), None)
