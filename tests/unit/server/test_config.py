import dataclasses

import pytest

from server.config import BadSetting, Settings, read_settings

pytestmark = pytest.mark.unit


def test_nothing_given_gives_the_defaults() -> None:
    assert read_settings({}) == Settings()


def test_values_are_read_in_their_own_form() -> None:
    settings = read_settings(
        {
            "TWEESPRAAK_LISTEN_PORT": "9000",
            "TWEESPRAAK_RELAY_ONLY": "yes",
            "TWEESPRAAK_TURN_URLS": "turns:a:443",
            "TWEESPRAAK_TURN_SECRET": "secret",
            "TWEESPRAAK_STUN_URLS": "stun:a:3478, stun:b:3478",
            "TWEESPRAAK_DATABASE_URL": "postgresql://u:p@h/n",
            "TWEESPRAAK_PUBLIC_URL": "https://praat.example",
            "OTHER": "x",
        }
    )

    assert (settings.listen_port, settings.relay_only) == (9000, True)
    assert settings.stun_urls == ("stun:a:3478", "stun:b:3478")
    assert settings.sqlalchemy_url == "postgresql+asyncpg://u:p@h/n"
    assert settings.secure


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LISTEN_PORT", "many"),
        ("LISTEN_PORT", "65536"),
        ("SMTP_PORT", "-1"),
        ("RELAY_ONLY", "maybe"),
        ("PUBLIC_URL", "praat.example"),
        ("PUBLIC_URL", "https://praat.example/"),
        ("PUBLIC_URL", "https://Praat.example"),
        ("PUBLIC_URL", "https://praat.example:443"),
        ("PUBLIC_URL", "https://praat.example:99999"),
        ("PUBLIC_URL", "https://praat.example?next=x"),
        ("PUBLIC_URL", "https://me@praat.example"),
        ("ZONE", "Europe/Utrecht"),
        ("ZONE", "../etc/passwd"),
        ("LANGUAGE", "de"),
        ("LOG_LEVEL", "loud"),
        ("SMTP_TLS", "ssl"),
        ("TURN_URLS", "turns:host:443"),
        ("RELAY_ONLY", "true"),
        ("TRUSTED_PROXIES", "nginx"),
        ("MAIL_FROM", "planning"),
        ("MAIL_FROM", "Planning <planning@praat.example>"),
        ("MAIL_FROM", "planning@praat.example\r\nBcc: x@example.org"),
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "postgresql://me:p/ss@host/name"),
        ("REDIS_URL", "redis://host:99999"),
        ("EARLY_MINUTES", "-5"),
        ("WORKER_POLL_SECONDS", "nan"),
        ("NO_SUCH_SETTING", "1"),
    ],
)
def test_a_bad_value_is_one_sentence_that_names_the_setting(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"TWEESPRAAK_{name}") as refused:
        read_settings({f"TWEESPRAAK_{name}": value})
    assert "\n" not in str(refused.value)


def test_every_setting_has_a_default_and_a_help_line() -> None:
    for field in dataclasses.fields(Settings):
        assert field.default is not dataclasses.MISSING
        assert field.metadata["help"]
