import re
from pathlib import Path
from typing import Any

import pytest

from coaching.rules import (
    BOOKING_RULES,
    MISSED_RULES,
    SEAT_RULES,
    SILENCE_RULES,
    TROUBLE_RULES,
    as_table,
)
from coaching.rules.rule import Rule

pytestmark = pytest.mark.unit
DECISION = Path(__file__).parents[3] / "docs" / "decisions" / "0001-rules-as-data.md"
RULES: tuple[Rule[Any], ...] = (
    *SEAT_RULES,
    *BOOKING_RULES,
    *TROUBLE_RULES,
    *SILENCE_RULES,
    *MISSED_RULES,
)
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
