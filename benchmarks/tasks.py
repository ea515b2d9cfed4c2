"""What `make bench` and `make chaos` measure, and how long each measurement may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """A module that is measured, or a part of it, in a process of its own."""

    module: str
    minutes: float  # at most
    part: str = ""  # for modules whose `figures` takes one
    quick_minutes: float = 5  # at most, for a quick look

    @property
    def name(self) -> str:
        """How it is told."""
        return f"{self.module} {self.part}".rstrip()

    def most_minutes(self, *, small: bool) -> float:
        """How long it may take."""
        return self.quick_minutes if small else self.minutes


# Several times what each took on two cores: a limit that is reached tells of something that hangs.
FIGURES = (
    Task("signalling", 30),
    Task("booking_rush", 30),
    Task("booking_random", 60),
    Task("join_time", 20, "direct"),
    Task("join_time", 20, "relay"),
    Task("join_time", 30, "weather"),
    Task("fallback_time", 30),
    Task("candidate_weight", 10),
    Task("call_smooth", 15),
    Task("thin_line", 15),
    Task("camera_off", 120),
    Task("fingerprint_swaps", 10),
    Task("rules", 15),
    Task("wall_time", 60),
    Task("free_times", 60),
    Task("addresses", 30, quick_minutes=10),
    Task("recurrence", 20),
    Task("hostile_ics", 60),
    Task("stand_in", 30),
    Task("calendar_peers", 60),
    Task("calendar_scale", 30),
    Task("slow_calendar", 60),
    Task("practice", 60, "cost"),
    Task("practice", 60, "many"),
    Task("practice", 60, "strays"),
    Task("practice", 60, "mutations"),
    Task("practice", 30, "first"),
)
CHAOS = (
    Task("kill", 120, quick_minutes=10),
    Task("network_chaos", 120, quick_minutes=8),
    Task("malformed_frames", 60),
    Task("trajectories", 60),
    Task("booking_histories", 180),
    Task("booking_steps", 24 * 60),
    Task("calendar_quarters", 8 * 60),
    Task("clock_skew", 60, quick_minutes=10),
    Task("device_clock", 60, quick_minutes=10),
    Task("calendar_flaps", 8 * 60),
    Task("hostile_servers", 60),
    Task("new_names", 15),
    Task("mail_storm", 120),
    Task("looked_at", 90, quick_minutes=8),
    Task("channel_flood", 20),
    Task("blur", 20),
    Task("webkit_pages", 15),
    Task("practice_firefox", 60, quick_minutes=8),
    Task("fresh_clone", 90, quick_minutes=20),
)
