"""Every number of the rules, as one version with a start date (principle P8, chapter 5)."""

from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from coaching.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class InactivityDays:
    """Days without own activity after which each level begins (5.6)."""

    nudge: int
    phone: int
    offline: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendSettings:
    """One version of all numbers. Units stand in the names.

    Raises:
        BadInput: `settings_contradict`, a lower bound above its upper bound, a share out of
            0 to 100, or a number below or above what can be meant; `field` names the setting.
    """

    version: int
    starts_on: date
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Amsterdam"))

    # 5.2 (L and U) and R14: the share of online talks
    lower_percent: int = 30
    upper_percent: int = 80
    less_skilled_percent: int = 50

    # 5.2: what counts as held, online, counted
    held_seconds: int = 600
    online_seen_percent: int = 60
    checkin_counts_from_minutes: int = 20

    # R4 and R5: the seat and the picture
    camera_wait_seconds: int = 180
    banner_seconds: int = 30
    question_seconds: int = 120
    unseen_seconds: int = 180

    # tasks, by R6
    task_todo_days: int = 2
    taskless_in_a_row: int = 2

    # R12 and R15: practice
    practice_from_days: int = 7
    practice_until_days: int = 2
    practice_deadline_working_days: int = 1
    practice_valid_days: int = 180
    video_fresh_days: int = 180
    failures_in_talks: int = 3
    failures_limit: int = 2
    help_free_talks: int = 2

    # R17: a meeting at a location at least this often
    offline_within_days: int = 180

    # R19 and R20: an online talk that fails
    connect_seconds: int = 30
    connect_tries: int = 2
    audio_loss_percent: int = 20
    audio_loss_seconds: int = 60
    reconnects: int = 3
    reconnect_window_seconds: int = 600
    answer_seconds: int = 60
    offline_slots: int = 3
    offline_slots_working_days: int = 5
    slots_held_hours: int = 48

    # free times: how soon and how far ahead
    notice_hours: int = 24  # for a candidate who chooses
    staff_notice_hours: int = 1
    horizon_days: int = 56

    # R22 to R24 and 5.6: silence
    light: InactivityDays = InactivityDays(nudge=14, phone=21, offline=28)
    usual: InactivityDays = InactivityDays(nudge=7, phone=12, offline=16)
    extra: InactivityDays = InactivityDays(nudge=4, phone=7, offline=10)
    offline_after_phone_days: int = 2
    talk_soon_days: int = 3
    cadence_slack_days: int = 7
    candidate_after_coach_days: int = 3
    seen_contact_days: int = 42
    written_contacts_per_week: int = 2  # in both directions, of guidance in writing

    # R25: missed talks
    missed_call_minutes: int = 10
    missed_in_a_row: int = 2

    # quiet, by R26
    nudges_per_window: int = 2
    nudge_window_days: int = 7
    nudge_from_hour: int = 9
    nudge_until_hour: int = 20
    nudge_before_talk_hours: int = 24

    # 5.6: two reminders before every appointment, in daytime on the candidate's clock
    remind_first_hours: int = 24  # whole days keep the wall time (E17)
    remind_second_hours: int = 2
    remind_from_hour: int = 8
    remind_until_hour: int = 21

    # R28 and 5.5: contract and exceptions
    contract_warning_left: int = 1
    exception_days: int = 90
    exception_text_length: int = 200

    def __post_init__(self) -> None:
        """Refuse numbers that contradict each other."""
        _refuse_out_of_range(self)
        for low, high in _APART:
            if getattr(self, low) == getattr(self, high):
                raise BadInput("settings_contradict", field=low, other=high)
        for name in ("notice_hours", "staff_notice_hours"):
            if getattr(self, name) >= 24 * self.horizon_days:  # no time is left to offer
                raise BadInput("settings_contradict", field=name, other="horizon_days")
        for low, high in _IN_ORDER:
            if getattr(self, low) > getattr(self, high):
                raise BadInput("settings_contradict", field=low, other=high)
        for name in ("light", "usual", "extra"):
            days: InactivityDays = getattr(self, name)
            if not 0 < days.nudge < days.phone < days.offline:
                raise BadInput("settings_contradict", field=name, other=name)

    def online_band(self, talks: int) -> tuple[int, int]:
        """Give L and U of 5.2 for a contract of `talks`: in whole numbers, no floats."""
        lower = (self.lower_percent * talks + 99) // 100
        return lower, self.share(talks, self.upper_percent)

    @staticmethod
    def share(talks: int, percent: int) -> int:
        """Give `percent` of `talks`, rounded down in whole numbers."""
        return percent * talks // 100


# Equal would leave no hour in which something may be sent, or make two reminders one.
_APART = (
    ("nudge_from_hour", "nudge_until_hour"),
    ("remind_from_hour", "remind_until_hour"),
    ("remind_second_hours", "remind_first_hours"),
)
_IN_ORDER = (
    ("lower_percent", "upper_percent"),
    ("less_skilled_percent", "upper_percent"),
    ("banner_seconds", "question_seconds"),
    ("question_seconds", "unseen_seconds"),
    ("practice_until_days", "practice_from_days"),
    ("failures_limit", "failures_in_talks"),
    *_APART,
)


# At zero these would ask for nothing: no time to choose, or a failure of every talk.
_FROM_ONE = frozenset(
    {
        "connect_tries",
        "horizon_days",
        "missed_in_a_row",
        "nudge_window_days",
        "offline_slots",
        "offline_slots_working_days",
        "reconnects",
        "remind_second_hours",
        "unseen_seconds",
    }
)
_CENTURY = 36_600  # days; further back or ahead the calendar itself ends
_AT_MOST = {
    "upper_percent": 100,
    "online_seen_percent": 100,
    "audio_loss_percent": 100,
    "nudge_until_hour": 24,
    "remind_first_hours": 168,  # a week; further ahead it is no reminder
    "remind_until_hour": 24,
    "offline_slots": 10,
    "horizon_days": 366,  # every look for free times opens that many days
    "exception_text_length": 200,  # what is kept (5.5)
}


def _refuse_out_of_range(settings: BlendSettings) -> None:
    for name in BlendSettings.__dataclass_fields__:
        value = getattr(settings, name)
        if isinstance(value, InactivityDays):
            value = value.offline  # the highest of the three
        if not isinstance(value, int) or name == "version":
            continue
        least, most = int(name in _FROM_ONE), _AT_MOST.get(name, _CENTURY)
        if not least <= value <= most:
            other = str(least if value < least else most)
            raise BadInput("settings_contradict", field=name, other=other)


VERSION_1 = BlendSettings(version=1, starts_on=date(2026, 1, 1))
