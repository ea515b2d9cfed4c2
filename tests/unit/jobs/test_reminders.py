"""What reminders and nudges say: short enough for one text, plain, with a way to a person."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import policy

import pytest

from coaching.words import Language, Mode
from server.jobs.mail import Envelope, compose_letter
from server.jobs.reminders import (
    BY_TEXT_ONLY,
    TEXT_LENGTH,
    MessageFacts,
    Said,
    TalkLines,
    letter_words,
    nudge_said,
    text_words,
)
from server.jobs.texting import BadNumber, to_e164

pytestmark = pytest.mark.unit

NOW = datetime(2027, 3, 2, 13, tzinfo=UTC)
FACTS = MessageFacts(
    said=Said.REMINDER,
    language=Language.NL,
    candidate_name="Fatima Yılmaz",
    coach_name="Anna de Vries",
    phone="06-12345678",
    link="https://t.example/j/" + "a" * 43,
    organisation="Werkplein Midden",
    talk=TalkLines(
        mode=Mode.VIDEO,
        starts_at=datetime(2027, 3, 3, 13, tzinfo=UTC),
        zone="Europe/Amsterdam",
        place="",
    ),
)
_SENTENCE = re.compile(r"[^.!?:]+")


def test_text_is_the_one_of_the_handbook() -> None:
    said = text_words(FACTS, now=NOW)

    assert said.startswith("Morgen 14.00 uur: videogesprek met Anna de Vries. Doe mee: https://")
    assert said.endswith("Lukt het niet? Bel 06-12345678")
    assert len(said) <= TEXT_LENGTH


def test_text_that_would_be_two_leaves_the_number_to_the_page_behind_the_link() -> None:
    long = replace(FACTS, link="https://begeleiding.gemeente.example/j/" + "a" * 60)

    assert "06-12345678" not in text_words(long, now=NOW)
    assert long.link in text_words(long, now=NOW)


def test_text_without_link_always_has_the_number() -> None:
    assert "06-12345678" in text_words(replace(FACTS, link="", coach_name="A" * 120), now=NOW)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("said", sorted(BY_TEXT_ONLY))
def test_who_has_no_mail_reads_of_each_change_what_when_and_whom_to_call(
    said: Said, language: Language
) -> None:
    link = "" if said is Said.CALLED_OFF else FACTS.link
    text = text_words(replace(FACTS, said=said, language=language, link=link), now=NOW)

    assert "{" not in text
    assert text.count("14") == 1
    assert (FACTS.link in text) is (said is not Said.CALLED_OFF)
    assert len(text) <= TEXT_LENGTH or "06-12345678" not in text


def test_text_of_a_plan_tells_the_first_talk_and_how_many_more_there_are() -> None:
    text = text_words(replace(FACTS, said=Said.BOOKED, others=3), now=NOW)

    assert text.startswith("Uw afspraak. Morgen 14.00 uur: videogesprek met Anna de Vries.")
    assert "Er zijn nog 3 afspraken" in text


@pytest.mark.parametrize(
    ("said", "others", "more"),
    [
        (Said.BOOKED, 1, "Er is nog 1 afspraak."),
        (Said.CHANGED, 1, "Ook 1 andere afspraak is veranderd."),
        (Said.CHANGED, 4, "Ook veranderd: 4 andere afspraken."),
    ],
)
def test_text_counts_what_else_was_made_or_changed(said: Said, others: int, more: str) -> None:
    assert more in text_words(replace(FACTS, said=said, others=others), now=NOW)


def test_day_is_named_by_the_clock_of_the_talk() -> None:
    late = replace(FACTS, language=Language.EN)
    same_day = datetime(2027, 3, 2, 23, 30, tzinfo=UTC)  # half past midnight in Amsterdam

    assert text_words(late, now=same_day).startswith("Today 14:00")
    assert text_words(late, now=datetime(2027, 2, 27, 9, tzinfo=UTC)).startswith("Wednesday 3")


def test_talk_at_a_location_names_the_place() -> None:
    assert FACTS.talk
    there = replace(FACTS.talk, mode=Mode.OFFLINE, place="Stadshuis, Markt 1")
    said = replace(FACTS, talk=there)

    assert "Stadshuis, Markt 1" in text_words(said, now=NOW)
    assert any("Stadshuis, Markt 1" in line for line in letter_words(said).before_button)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("said", [one for one in Said if one not in BY_TEXT_ONLY])
def test_every_message_is_a_whole_mail_with_one_button_and_a_number(
    said: Said, language: Language
) -> None:
    times = (datetime(2027, 3, 4, 9, tzinfo=UTC),) if said is Said.FALLBACK else ()
    facts = replace(FACTS, said=said, language=language, times=times)
    envelope = Envelope(
        language=language,
        to_name="Fatima Yılmaz",
        to_email="fatima@example.org",
        link=facts.link,
        organisation=facts.organisation,
        sender="planning@t.example",
        domain="t.example",
        message_key="row",
        stamp=NOW,
    )

    mail = compose_letter(letter_words(facts), envelope)

    plain = mail.get_body(("plain",))
    html = mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().count(facts.link) == 1
    assert html.get_content().count("<a ") == 1
    assert "06-12345678" in plain.get_content()
    assert "{" not in plain.get_content()
    assert mail.as_bytes(policy=policy.SMTP)
    assert "{" not in text_words(facts, now=NOW)


def test_words_of_a_nudge_follow_rule_and_level() -> None:
    assert [nudge_said("R22", level, held=False) for level in (1, 2, 3)] == [
        Said.NUDGE1,
        Said.NUDGE2,
        Said.MEET,
    ]
    assert nudge_said("R23", 1, held=True) is Said.PLAN
    assert nudge_said("R23", 1, held=False) is Said.PLAN_CALL
    assert nudge_said("R24", 1, held=True) is Said.MEET


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("task", ["Bel even", "Zet uw ervaring op een rij voor het gesprek " * 4])
def test_nudge_names_the_task_within_one_message(language: Language, task: str) -> None:
    facts = replace(
        FACTS, said=Said.NUDGE1, task=task, talk=None, language=language, link=FACTS.link[:70]
    )

    said = text_words(facts, now=NOW)
    assert len(said) <= TEXT_LENGTH
    assert task[:20].strip() in said
    assert said.count("...") == (len(task) > 100)
    assert facts.link in said
    letter = letter_words(facts)
    assert task[:150].strip() in letter.intro
    assert "Bel even" not in letter.subject


def test_name_of_a_task_is_one_harmless_line() -> None:
    sly = replace(FACTS, said=Said.NUDGE1, talk=None, task="Lees\r\nBcc: x\u202e {coach}")

    assert "Lees Bcc: x {coach}?" in text_words(sly, now=NOW)
    assert "Lees Bcc: x {coach}?" in letter_words(sly).intro


@pytest.mark.parametrize(
    ("written", "sent"),
    [("06 12 34 56 78", "+31612345678"), ("+32 470 12 34 56", "+32470123456")],
)
def test_number_goes_out_as_gateways_want_it(written: str, sent: str) -> None:
    assert to_e164(written) == sent


@pytest.mark.parametrize("written", ["", "bel mij", "123"])
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(BadNumber):
        to_e164(written)


def test_e18_abroad_a_reminder_tells_both_times() -> None:
    assert FACTS.talk
    there = replace(FACTS, talk=replace(FACTS.talk, own_zone="Australia/Sydney"))

    assert "Morgen 14.00 uur: videogesprek met Anna de Vries. Bij u donderdag 00.00 uur." in (
        text_words(there, now=NOW)
    )
    assert "Bij u is het dan donderdag 4 maart 2027, 00.00 uur." in (
        letter_words(there).before_button
    )
    english = replace(there, language=Language.EN)
    assert "For you Thursday 00:00." in text_words(english, now=NOW)


def test_e18_a_clock_that_shows_the_same_is_not_told_twice() -> None:
    assert FACTS.talk
    for zone in ("", "Europe/Amsterdam", "Europe/Berlin"):
        near = replace(FACTS, talk=replace(FACTS.talk, own_zone=zone))
        assert "Bij u" not in text_words(near, now=NOW)
        assert letter_words(near) == letter_words(FACTS)


def test_e18_held_times_are_told_on_both_clocks() -> None:
    assert FACTS.talk
    times = (datetime(2027, 3, 5, 9, tzinfo=UTC),)
    talk = replace(FACTS.talk, own_zone="Asia/Tokyo")
    words = letter_words(replace(FACTS, said=Said.FALLBACK, times=times, talk=talk))

    (line,) = (one for one in words.before_button if "5 maart" in one)
    assert "10.00 uur" in line
    assert "18.00 uur" in line
