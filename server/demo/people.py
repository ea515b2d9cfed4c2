"""Who lives in the demo: made-up people, on addresses that lead nowhere (RFC 2606).

A plan is one meeting: working days from the day of seeding (0 is never used, so that today stays
free for the talk that is now), time, kind, mode, and how it ended if it lies in the past.
"""

from dataclasses import dataclass
from datetime import time

from coaching.words import Language, MeetingKind, MeetingStatus, Mode, Skill, SkillSource, StaffRole


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStaff:
    """A member of staff; `login` is the first part of the e-mail address."""

    login: str
    name: str
    phone: str
    roles: frozenset[StaffRole]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePlace:
    """A place with its rooms."""

    name: str
    address: str
    route: str
    phone: str
    rooms: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One meeting of a trajectory."""

    day: int  # working days from the day of seeding, negative for the past
    at: time
    kind: MeetingKind
    mode: Mode
    minutes: int
    ended: MeetingStatus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCandidate:
    """A candidate in a phase; `coach` counts the coaches, None before a trajectory."""

    login: str
    name: str
    phone: str
    skill: Skill
    source: SkillSource
    coach: int | None
    plans: tuple[Plan, ...]
    talks: int = 8
    language: Language = Language.NL


_COACH = frozenset({StaffRole.COACH})
PLANNER = SampleStaff(
    login="petra", name="Petra Smit", phone="020 555 0101", roles=frozenset({StaffRole.PLANNER})
)
ADMIN = SampleStaff(
    login="ruben", name="Ruben Visser", phone="020 555 0102", roles=frozenset({StaffRole.ADMIN})
)
COACHES = (
    SampleStaff(login="ingrid", name="Ingrid Bakker", phone="020 555 0111", roles=_COACH),
    SampleStaff(login="mark", name="Mark de Wit", phone="020 555 0112", roles=_COACH),
    SampleStaff(login="fatima", name="Fatima Ouali", phone="030 555 0113", roles=_COACH),
)

PLACES = (
    SamplePlace(
        name="Werkplein Oost",
        address="Voorbeeldplein 12, 1099 AA Amsterdam",
        route="Tram 19 stopt voor de deur. Meld u bij de balie op de begane grond.",
        phone="020 555 0120",
        rooms=(("Spreekkamer 1", 2), ("Spreekkamer 2", 4)),
    ),
    SamplePlace(
        name="Buurthuis De Linde",
        address="Voorbeeldlaan 3, 3599 ZZ Utrecht",
        route="Vijf minuten lopen van het station. De ingang is aan de achterkant.",
        phone="030 555 0121",
        rooms=(("De Serre", 2), ("Bovenkamer", 6)),
    ),
)

TASKS = (
    "Zet drie vacatures op een rij die bij u passen.",
    "Bel het werkplein over de cursus.",
    "Vul uw cv aan en neem het mee naar het gesprek.",
)

_MINUTES = {MeetingKind.DIAGNOSIS: 90, MeetingKind.CHECKIN: 20, MeetingKind.PRACTICE: 20}


def plan(line: str) -> Plan:
    """Read a plan from a line like "-30 09:00 acquaintance offline held"."""
    day, at, kind, mode, *ended = line.split()
    return Plan(
        day=int(day),
        at=time.fromisoformat(at),
        kind=MeetingKind(kind),
        mode=Mode(mode),
        minutes=_MINUTES.get(MeetingKind(kind), 60),
        ended=MeetingStatus(ended[0]) if ended else None,
    )


def _plans(*lines: str) -> tuple[Plan, ...]:
    return tuple(plan(line) for line in lines)


CANDIDATES = (
    SampleCandidate(
        login="samira",
        name="Samira El Amrani",
        phone="06 1234 5601",
        skill=Skill.ABLE,
        source=SkillSource.INTAKE,
        coach=0,
        plans=_plans(
            "-24 09:00 acquaintance offline held",
            "-17 09:00 intake offline held",
            "-10 09:00 progress video held",
            "-3 09:00 progress video held",
            "7 09:00 progress video",
        ),
    ),
    SampleCandidate(
        login="johan",
        name="Johan Mulder",
        phone="06 1234 5602",
        skill=Skill.ABLE,
        source=SkillSource.SELF,
        coach=1,
        plans=_plans(
            "-22 10:30 acquaintance offline held",
            "-15 10:30 diagnosis offline held",
            "-8 10:30 progress video held",
            "4 10:30 progress video",
        ),
    ),
    SampleCandidate(
        login="aylin",
        name="Aylin Yıldız",
        phone="06 1234 5603",
        skill=Skill.ABLE,
        source=SkillSource.COACH_OBSERVATION,
        coach=2,
        plans=_plans(
            "-20 13:00 acquaintance offline held",
            "-13 13:00 progress video held",
            "-6 13:00 progress video missed",
            "-2 13:00 checkin phone held",
            "3 13:00 progress offline",
        ),
    ),
    SampleCandidate(
        login="gerrit",
        name="Gerrit van den Berg",
        phone="06 1234 5604",
        skill=Skill.NONE,
        source=SkillSource.INTAKE,
        coach=0,
        plans=_plans(
            "-14 10:30 acquaintance offline held",
            "-7 10:30 progress offline held",
            "2 10:30 progress offline",
            "6 10:30 practice video",
        ),
    ),
    SampleCandidate(
        login="nadia",
        name="Nadia Haddad",
        phone="06 1234 5605",
        skill=Skill.LESS,
        source=SkillSource.SELF,
        coach=1,
        plans=_plans(
            "-9 13:00 acquaintance offline held",
            "1 13:00 practice video",
            "5 13:00 progress offline",
            "8 13:00 progress video",
        ),
    ),
    SampleCandidate(
        login="tomasz",
        name="Tomasz Kowalski",
        phone="06 1234 5606",
        skill=Skill.ABLE,
        source=SkillSource.INTAKE,
        coach=2,
        language=Language.EN,
        plans=_plans(
            "-12 09:00 acquaintance offline held",
            "-5 09:00 progress video held",
            "2 09:00 progress video",
        ),
    ),
    SampleCandidate(
        login="wilma",
        name="Wilma Hendriks",
        phone="06 1234 5607",
        skill=Skill.ABLE,
        source=SkillSource.INTAKE,
        coach=0,
        talks=7,
        plans=_plans(
            "-40 13:00 acquaintance offline held",
            "-33 13:00 diagnosis offline held",
            "-26 13:00 progress video held",
            "-19 13:00 progress video held",
            "-11 13:00 progress video held",
            "-4 13:00 reassessment offline held",
            "3 13:00 closing video",
        ),
    ),
    SampleCandidate(
        login="kevin",
        name="Kevin Dijkstra",
        phone="06 1234 5608",
        skill=Skill.UNKNOWN,
        source=SkillSource.SELF,
        coach=1,
        plans=_plans("2 15:00 acquaintance offline"),
    ),
    SampleCandidate(
        login="lucia",
        name="Lucía Fernández",
        phone="06 1234 5609",
        skill=Skill.ABLE,
        source=SkillSource.SELF,
        coach=2,
        plans=_plans("-1 10:30 acquaintance offline held", "4 10:30 intake offline"),
    ),
    SampleCandidate(
        login="henk",
        name="Henk Jansen",
        phone="06 1234 5610",
        skill=Skill.LESS,
        source=SkillSource.COACH_OBSERVATION,
        coach=0,
        plans=_plans(
            "-16 15:00 acquaintance offline held",
            "-9 15:00 progress offline missed",
            "-2 15:00 progress offline held",
            "5 15:00 progress offline",
        ),
    ),
    SampleCandidate(
        login="mei",
        name="Mei-Lin Chen",
        phone="06 1234 5611",
        skill=Skill.ABLE,
        source=SkillSource.PRACTICE,
        coach=1,
        plans=_plans(
            "-18 09:00 acquaintance offline held",
            "-7 09:00 practice video held",
            "-1 09:00 progress video held",
            "6 09:00 progress video",
        ),
    ),
    SampleCandidate(
        login="sander",
        name="Sander Vos",
        phone="06 1234 5612",
        skill=Skill.UNKNOWN,
        source=SkillSource.SELF,
        coach=None,
        plans=(),
    ),
)
