"""Both catalogues are whole: every text that is used exists, every text that exists is used."""

import re
from pathlib import Path

import pytest

from calendar_sync.watching import Odd
from coaching.availability import DayPart, Need
from coaching.calendar_wishes import Wanted, Why
from coaching.facts import DeviceClass, ExceptionCode, PracticeKind, TalkWish
from coaching.getting_in import DeviceVerdict
from coaching.line_quality import LineLevel
from coaching.practising import ASKED, Given
from coaching.rules import BOOKING_RULES, SEAT_RULES
from coaching.rules.rule import Hardness
from coaching.settings import VERSION_1
from coaching.trigger_facts import FailureCause, SupportProfile
from coaching.verdict import Outcome
from coaching.words import (
    Comfort,
    Language,
    MeetingKind,
    MeetingStatus,
    Mode,
    NoNextReason,
    NoTaskReason,
    PracticeCause,
    Role,
    Score,
    Skill,
    SkillSource,
    TrajectoryState,
)
from server.jobs.reminders import Said
from server.routes.calendars import RECIPES
from server.routes.numbers import GROUPS
from server.routes.practice_together import FIGURES
from server.routes.proposals import Answer as RouteAnswer
from server.routes.readiness import OWN_STEPS
from server.texts import catalogue, places_of
from server.usecases.agreeing import Answer, Way
from server.usecases.attention import TodoCode
from server.usecases.by_link import CallWindow
from server.usecases.calendars import CalendarHealth
from server.usecases.channels import Channel
from server.usecases.choosing_coach import DeskState
from server.usecases.coach_bars import BarCode
from server.usecases.connecting import CalendarRole
from server.usecases.exceptions import liftable_rules
from server.usecases.excusing import REASONS
from server.usecases.feeds import FeedKind
from server.usecases.joining import InvitationState
from server.usecases.moods import Mood
from server.usecases.nudges import NudgeAnswer
from server.usecases.numbers import as_numbers
from server.usecases.reach_of_numbers import Reach
from server.usecases.skill import Observation
from server.usecases.writing import WRITTEN_RULE
from signaling.practice.cues import read_cues
from signaling.practice.film import CLIPS
from signaling.practice.film_file import DEFAULT
from signaling.practice.measuring import Path as MediaPath
from signaling.practice.measuring import Picture

pytestmark = pytest.mark.house

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "web/templates").glob("*.html"))
PYTHON = sorted(
    path for room in ("server", "coaching", "calendar_sync") for path in (ROOT / room).rglob("*.py")
)
SCRIPTS = sorted(
    path for path in (ROOT / "web/src").rglob("*.ts") if not path.name.endswith(".test.ts")
)
STAFF_MAILS = ("new", "moved", "cancelled")
FAMILIES = {
    "kind.": MeetingKind,
    "mode.": Mode,
    "status.": MeetingStatus,
    "skill.": Skill,
    "source.": SkillSource,
    "excuse.": REASONS,
    "comfort.": (*Comfort, "not_asked"),
    "writing.by_": ("candidate", "coach"),
    "plan.how_": (*TalkWish, "help", "before"),
    "guidance.channel_": Channel,
    "language.": Language,
    "invite.title_": InvitationState,
    "mail_state.": ("none", "waiting", "sent", "failing", "gave_up"),
    "calendar_state.": ("none", "waiting", "present", "failing", "removed"),
    "trajectory.state_": ("active", "paused", "restricted", "ended"),
    "candidate.done_": ("added", "started"),
    "meeting.done_": (
        "booked",
        "moved",
        "cancelled",
        "closed",
        "resent",
        "observed",
        "reason",
        "held_times",
        "held",
        "stand_in",
        "stand_in_over",
    ),
    "history.by_": ("staff", "candidate", "calendar"),
    "history.wish_": Wanted,
    "proposal.card_": Wanted,
    "proposal.theirs_": ("removed", "declined", "unclear"),
    "proposal.keep_text_": Wanted,
    "proposal.done_": RouteAnswer,
    "proposal.state_": (
        "new",
        "accepted",
        "automatic",
        "refused",
        "put_back",
        "withdrawn",
    ),
    "proposal.why_": (
        *Why,
        *Odd,
        "rule",
        "length_bad",
        "starts_in_past",
        "starts_too_far",
        "starts_bad",
        "time_skipped",
        "coach_taken",
        "candidate_taken",
        "room_taken",
        "room_unknown",
        "room_too_small",
        "no_room_fits",
        *(f"room_lacks_{facet}" for facet in ("wheelchair", "quiet", "reachable")),
        "no_room_has_needs",
        "already_closed",
    ),
    "todo.": ("other", "missed_nearer", "letter_video", "letter_all", *TodoCode),
    "fallback.cause_": (*FailureCause, "ask"),
    "fallback.was_": FailureCause,
    "todo_action.": (
        "letter",
        "call",
        "book",
        "choose",
        "confirm",
        "decide",
        "move",
        "change",
        "reason",
        "see",
        "task",
        "practise",
        "answer",
        "hand_over",
    ),
    "own_desk.title_": DeskState,
    "own_desk.text_": DeskState,
    "desk.done_": ("yes", "no", "kept"),
    "plan.": ("diagnosis", "practice", "reassessment", "closing"),
    "why.outcome_": Outcome,
    "why.lift_": ("0", "1", "2"),
    "why.hardness_": Hardness,
    "weekday.": range(7),
    "hours.facet_": ("quiet", "private", "reachable", "wheelchair"),
    "nudge.answered_": NudgeAnswer,
    "sms.": Said,
    "day_part.": DayPart,
    "needs.": Need,
    "error.room_lacks_": [one for one in Need if one.facet],
    "observe.": Observation,
    "mood.": Mood,
    "line.": LineLevel,
    "line.at_": Role,
    "exception.code_": ExceptionCode,
    "exception.done_": ("confirmed", "ended"),
    "guidance.done_": (
        "excepted",
        "preferred",
        "needed",
        "comforted",
        "guided",
        "practised",
        "wrote",
    ),
    "practice.device_": DeviceClass,
    "practice.kind_": PracticeKind,
    "practice.score_": Score,
    "practice.cause_": PracticeCause,
    "practice.step_": OWN_STEPS,
    "practise.title_": ASKED,
    "practise.text_": ASKED,
    "practise.yes_": ASKED,
    "practise.show_": ASKED,
    "practise.help_": ASKED,
    "practise.no_": [one for one in ASKED if one not in ("camera", "leave")],
    "practise.otherwise_": ("see", "speak", "hear", "meet", "mirror", "echo", "share"),
    "practise.act_": ("hear", "mirror", "echo", "share"),
    "practise.ask_": ("mirror", "echo"),
    "practise.cause_": PracticeCause,
    "watch.given_": Given,
    "watch.differs_": (Given.YES, Given.NO),
    "watch.figure_": FIGURES,
    "watch.picture_": Picture,
    "watch.path_": MediaPath,
    "task.why_": NoTaskReason,
    "task.no_next_": NoNextReason,
    "guidance.profile_": SupportProfile,
    "guidance.to_": TrajectoryState,
    "setting.": as_numbers(VERSION_1),
    "setting.group_": (*GROUPS, "other"),
    "agreement.said_": Answer,
    "agreement.way_": Way,
    "agreement.done_": ("asked", "answered"),
    "bars.code_": BarCode,
    "explain.device_": DeviceClass,
    "setting.reach_": Reach,
    "contract.done_": ("asked", "said", "withdrawn"),
    "own.exception_": (*(one.rule for one in liftable_rules()), WRITTEN_RULE, "until", "once"),
    "own.because_": ExceptionCode,
    "own.why_": (
        # Every rule that can keep a candidate from something has a why in plain words.
        *(rule.id for rule in (*SEAT_RULES, *BOOKING_RULES) if rule.hardness is Hardness.HARD),
        "other",
        "possible",
    ),
    "own.form_": (Mode.OFFLINE, Mode.PHONE, Mode.VIDEO),
    "verdict.": DeviceVerdict,
    "talk.device_": ("camera", "microphone", "loudspeaker"),
    "own.remind_": (*Channel, "both"),
    "own.window_": (*CallWindow, *(f"{window}_text" for window in CallWindow)),
    "calendars.health_": CalendarHealth,
    "calendars.care_": CalendarHealth,
    "feeds.care_": (CalendarHealth.GONE, CalendarHealth.BROKEN),
    "feeds.kind_": FeedKind,
    "staff_mail.": [f"{kind}{text}" for kind in STAFF_MAILS for text in ("", "_text")],
    "calendars.role_": CalendarRole,
    "calendars.recipe_": (*RECIPES, *(f"{name}_steps" for name in RECIPES)),
}
_ERROR = re.compile(
    r"(?:BadInput|Conflict|NotFound|NotAllowed|Unavailable)\(\s*\"(\w+)\"|code=\"(\w+_bad)\""
)
_CANDIDATE_KEYS = (
    "practise.",
    "fallback.",
    "nudge.",
    "sms.",
    "invite.",
    "talk.",
    "done.",
    "refused.",
    "human.",
    "home.",
    "device_test.",
    "elsewhere.",
    "waiting.late",
    "call.",
    "mail.",
    "own.",
    "own_desk.",
    "letter.",
)
_OF_STAFF = ("letter.title", "letter.back", "letter.help")  # around the letter, not on the paper
_FORBIDDEN = re.compile(
    r"\b(verplicht\w*|maatregel\w*|kort(en|ing)\w*|oproep\w*|sanctie\w*|boete\w*|moet\w*|sessie\w*"
    r"|traject\w*|digivaardig\w*|no-show|annuleren|inloggen|token)\b",
    re.IGNORECASE,
)
_LONGEST_SENTENCE = 15


def texts(language: Language) -> dict[str, str]:
    return catalogue(language).starting_with("")


def read_by_candidates() -> dict[str, str]:
    found = texts(Language.NL).items()
    return {
        key: text for key, text in found if key.startswith(_CANDIDATE_KEYS) and key not in _OF_STAFF
    }


def sources() -> str:
    return "\n".join(path.read_text("utf-8") for path in (*TEMPLATES, *PYTHON, *SCRIPTS))


def used() -> set[str]:
    """Keys that stand whole in a source, and those that a closed set of words completes."""
    whole = set(re.findall(r"(?<=[\"'`])[\w.-]+(?=[\"'`])", sources()))
    built = {f"{prefix}{word}" for prefix, words in FAMILIES.items() for word in words}
    return whole | built


def error_codes() -> set[str]:
    found = set()
    for path in PYTHON:
        for raised, named in _ERROR.findall(path.read_text("utf-8")):
            found.add(raised or named)
    return found


def test_both_languages_have_the_same_keys() -> None:
    assert texts(Language.NL).keys() == texts(Language.EN).keys()


def test_both_languages_leave_the_same_places_open() -> None:
    english = texts(Language.EN)
    different = {
        key
        for key, text in texts(Language.NL).items()
        if places_of(text) != places_of(english[key])
    }

    assert different == set()


def test_a_text_of_one_leaves_out_the_number_of_its_text() -> None:
    for language in Language:
        of_one = {key for key in texts(language) if key.endswith(".one")}

        assert of_one
        whole = {key: texts(language)[key.removesuffix(".one")] for key in of_one}
        bad = {key for key in of_one if not places_of(texts(language)[key]) < places_of(whole[key])}
        assert bad == set()


def test_every_key_in_a_template_exists() -> None:
    asked = set()
    for path in TEMPLATES:
        asked |= set(re.findall(r"\bt\(\"([^\"]+)\"[,)]", path.read_text("utf-8")))

    assert asked - texts(Language.NL).keys() == set()


def test_every_member_of_a_family_has_a_text() -> None:
    built = {f"{prefix}{word}" for prefix, words in FAMILIES.items() for word in words}

    assert built - texts(Language.NL).keys() == set()


def test_every_error_code_has_a_sentence() -> None:
    worded = {key.removeprefix("error.") for key in texts(Language.NL) if key.startswith("error.")}

    assert error_codes() - worded == set()


def test_no_text_is_left_over() -> None:
    free = ("error.", "notice.", "history.", "call.", "mail.", "ics.", "calendar.", "board.")
    asked = used() | {f"{key}.one" for key in used()}
    left = {key for key in texts(Language.NL).keys() - asked if not key.startswith(free)}

    assert left == set()


def test_candidate_reads_no_word_of_duty_or_jargon() -> None:
    read = read_by_candidates()

    assert {key: text for key, text in read.items() if _FORBIDDEN.search(text)} == {}


def test_the_guide_says_short_sentences_without_words_of_duty() -> None:
    said = [*(cue.text for cue in read_cues(DEFAULT.with_suffix(".vtt"))), *_transcript()]

    assert len(said) > len(CLIPS)
    assert [text for text in said if _FORBIDDEN.search(text)] == []
    sentences = [one for text in said for one in re.split(r"[.?!:\n]+", text)]
    assert [one for one in sentences if len(one.split()) > _LONGEST_SENTENCE] == []


def _transcript() -> list[str]:
    return DEFAULT.with_name("nl.txt").read_text("utf-8").split("\n\n")


def test_candidate_reads_short_sentences() -> None:
    read = read_by_candidates()
    long = {
        key: sentence
        for key, text in read.items()
        for sentence in re.split(r"[.?!:\n]+", text)
        if len(sentence.split()) > _LONGEST_SENTENCE
    }

    assert long == {}
