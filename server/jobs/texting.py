"""Text messages: through a gateway that apprise knows, or as files where there is none."""

import asyncio
import logging
import os
import re
from pathlib import Path

import apprise
import phonenumbers

from server.config import Settings

SEND_SECONDS = 60.0
PLACE = "{phone}"
logging.getLogger("apprise").disabled = True  # it quotes numbers and keys
_NAME = re.compile(r"[0-9a-f-]{1,64}")


class BadNumber(Exception):
    """No text can be sent to this number."""


class TextDelayed(Exception):
    """The gateway does not take it now."""


async def send_text(settings: Settings, phone: str, text: str, *, key: str) -> None:
    """Send `text` to `phone`; `key` names the message, the same at each attempt.

    Without a gateway (`sms_url` empty) it becomes the file `texts/<key>.txt` in the data folder.

    Raises:
        BadNumber: it is no telephone number.
        TextDelayed: the gateway refuses it, does not answer within 60 s, or the disk does.
    """
    number = to_e164(phone)
    if settings.sms_url:
        await _through_gateway(settings.sms_url.replace(PLACE, number), text)
        return
    try:
        await asyncio.to_thread(_write, settings.data_dir / "texts", number, text, key)
    except OSError as error:
        raise TextDelayed(f"the file cannot be written ({type(error).__name__})") from None


def to_e164(phone: str) -> str:
    """The number as gateways want it: +31612345678 (ITU-T E.164); without a country, Dutch.

    Raises:
        BadNumber: it is no telephone number.
    """
    try:
        parsed = phonenumbers.parse(phone, "NL")
    except phonenumbers.NumberParseException:
        raise BadNumber("no telephone number") from None
    if not phonenumbers.is_possible_number(parsed):
        raise BadNumber("no telephone number")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


async def _through_gateway(address: str, text: str) -> None:
    gateway = apprise.Apprise()
    if not gateway.add(address):
        raise TextDelayed("the gateway of TWEESPRAAK_SMS_URL is not known")
    try:
        async with asyncio.timeout(SEND_SECONDS):
            taken = await gateway.async_notify(body=text, body_format="text")
    except TimeoutError:
        raise TextDelayed("the gateway does not answer") from None
    if not taken:
        raise TextDelayed("the gateway does not take it")


def _write(folder: Path, number: str, text: str, key: str) -> None:
    """One file a message, whole or not at all; the same key replaces the same file."""
    if not _NAME.fullmatch(key):
        raise ValueError("a message's key is hexadecimal")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{key}"
    with draft.open("w", encoding="utf-8") as file:
        file.write(f"{number}\n{text}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / f"{key}.txt")
