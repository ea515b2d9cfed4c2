"""A verdict as JSON and back, so that a repeated request is answered with the first answer."""

from datetime import datetime
from typing import Any

from coaching.verdict import Action, Alternative, Outcome, Reason, Text, Verdict
from coaching.words import MeetingKind, Mode


def to_record(verdict: Verdict) -> dict[str, Any]:
    """The verdict as values that JSON knows."""
    return {
        "outcome": verdict.outcome,
        "reasons": [
            {
                "rule": reason.rule,
                "staff": _text_out(reason.staff),
                "candidate": _text_out(reason.candidate) if reason.candidate else None,
            }
            for reason in verdict.reasons
        ],
        "actions": list(verdict.actions),
        "alternatives": [_alternative_out(one) for one in verdict.alternatives],
        "settings_version": verdict.settings_version,
        "lifted": list(verdict.lifted),
    }


def from_record(record: dict[str, Any]) -> Verdict:
    """The verdict that `to_record` wrote."""
    return Verdict(
        outcome=Outcome(record["outcome"]),
        reasons=tuple(
            Reason(
                rule=reason["rule"],
                staff=_text_in(reason["staff"]),
                candidate=_text_in(reason["candidate"]) if reason["candidate"] else None,
            )
            for reason in record["reasons"]
        ),
        actions=tuple(Action(action) for action in record["actions"]),
        alternatives=tuple(_alternative_in(one) for one in record["alternatives"]),
        settings_version=record["settings_version"],
        lifted=tuple(record["lifted"]),
    )


def _text_out(text: Text) -> dict[str, str]:
    return {"nl": text.nl, "en": text.en}


def _text_in(record: dict[str, str]) -> Text:
    return Text(nl=record["nl"], en=record["en"])


def _alternative_out(one: Alternative) -> dict[str, Any]:
    return {
        "label": _text_out(one.label),
        "kind": one.kind,
        "mode": one.mode,
        "starts_at": one.starts_at.isoformat() if one.starts_at else None,
        "action": one.action,
    }


def _alternative_in(record: dict[str, Any]) -> Alternative:
    starts_at = record["starts_at"]
    return Alternative(
        label=_text_in(record["label"]),
        kind=MeetingKind(record["kind"]) if record["kind"] else None,
        mode=Mode(record["mode"]) if record["mode"] else None,
        starts_at=datetime.fromisoformat(starts_at) if starts_at else None,
        action=record["action"],
    )
