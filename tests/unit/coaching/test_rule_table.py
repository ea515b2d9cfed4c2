import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from coaching import engine, rules
from coaching.facts import BookingFacts, ExceptionCode, ExceptionRecord
from coaching.rules import (
    BOOKING_RULES,
    MISSED_RULES,
    SEAT_RULES,
    SILENCE_RULES,
    TROUBLE_RULES,
    as_table,
)
from coaching.rules.rule import Finding, Hardness, Rule
from coaching.settings import BlendSettings
from coaching.verdict import Outcome, Text
from tests.unit.coaching.situation import ANNA, booking, judge

pytestmark = pytest.mark.unit
DECISION = Path(__file__).parents[3] / "docs" / "decisions" / "0001-rules-as-data.md"
RULES: tuple[Rule[Any], ...] = (
    *SEAT_RULES,
    *BOOKING_RULES,
    *TROUBLE_RULES,
    *SILENCE_RULES,
    *MISSED_RULES,
)
SUNDAY = 6
DECISION_TABLE = [f"R{number}" for number in range(1, 31)]
DUTY_WORDS = re.compile(
    r"verplicht|maatregel|korten|oproep|sanctie|moet(en)?\b|no-show|sessie|meeting|digivaardig|"
    r"\bje\b|\bjij\b|worden|traject|annuleren|indien",
    re.IGNORECASE,
)


def test_every_row_of_the_decision_table_is_one_rule() -> None:
    ids = [rule.id for rule in RULES]

    assert sorted(ids, key=DECISION_TABLE.index) == DECISION_TABLE


def test_rules_that_judge_a_booking_stand_in_the_order_of_the_table() -> None:
    ids = [rule.id for rule in BOOKING_RULES]

    assert ids == sorted(ids, key=DECISION_TABLE.index)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_names_its_row_as_source(rule: Rule[Any]) -> None:
    assert f"domain 5.4 {rule.id}" in rule.sources


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_candidate_reads_short_kind_sentences(rule: Rule[Any]) -> None:
    if rule.candidate is None:
        return
    for sentence in re.split(r"(?<=[.?!])\s+", rule.candidate.nl):
        assert len(sentence.split()) <= 15, sentence
    assert not DUTY_WORDS.search(rule.candidate.nl)


@pytest.mark.parametrize("rule_id", ["R1", "R2", "R3", "R10", "R26", "R27", "R28", "R29"])
def test_some_rules_are_lifted_by_nobody(rule_id: str) -> None:
    assert {rule.liftable_by for rule in RULES if rule.id == rule_id} <= {0}


def test_the_decision_record_shows_the_rules_as_they_are() -> None:
    assert as_table() in DECISION.read_text(encoding="utf-8")


def test_a_new_rule_is_one_entry_and_everything_else_follows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sentences, alternatives, exceptions and the table come from the entry itself."""

    def on_sunday(facts: BookingFacts, _: BlendSettings, __: datetime) -> Finding | None:
        return Finding(outcome=Outcome.REFUSE) if facts.starts_at.weekday() == SUNDAY else None

    new: Rule[BookingFacts] = Rule(
        id="R31",
        hardness=Hardness.HARD,
        liftable_by=1,
        staff=Text(nl="Op zondag is er geen gesprek.", en="There is no talk on Sunday."),
        candidate=Text(nl="Op zondag zijn wij dicht.", en="We are closed on Sunday."),
        sources=("house rule 1",),
        check=on_sunday,
    )
    for place in (rules, engine):
        monkeypatch.setattr(place, "BOOKING_RULES", (*BOOKING_RULES, new))
    asked = booking(when="2027-02-07 14:00")

    verdict = judge(asked)
    excepted = ExceptionRecord(rule="R31", code=ExceptionCode.CARE_DUTY, by=ANNA)
    lifted = judge(replace(asked, exceptions=(excepted,)))

    assert (verdict.outcome, verdict.leading_rule) == (Outcome.REFUSE, "R31")
    assert verdict.reasons[0].staff == new.staff
    assert verdict.candidate_reason == new.candidate
    assert [one.action for one in verdict.alternatives] == ["phone"]
    assert (lifted.allowed, lifted.lifted) == (True, ("R31",))
    assert "| R31 | H | 1 | There is no talk on Sunday. | house rule 1 |" in rules.as_table()
    assert judge(booking(when="2027-02-08 14:00")).allowed
