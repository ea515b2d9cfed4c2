"""Pages inside another app (mail, Facebook, WhatsApp): often without camera, so they lead out."""

import re
from urllib.parse import urlsplit

# The same as in web/src/call/classify.ts; tests/unit/server/test_in_app.py holds them together.
_SIGNS = re.compile(
    r"FBAN|FBAV|FB_IAB|Instagram|LinkedInApp|WhatsApp|GSA/|\bLine/|Snapchat|Bytedance|MicroMessenger"
    r"|Outlook-|; wv\)"
)
_IOS = re.compile(r"iPhone|iPad|iPod")


def is_in_app(user_agent: str) -> bool:
    """Whether this is a page inside another app; on iOS all but Safari's own kind leave it out."""
    if _SIGNS.search(user_agent):
        return True
    return bool(_IOS.search(user_agent)) and "Safari/" not in user_agent


def is_ios(user_agent: str) -> bool:
    """Whether this is an iPhone or iPad that says so."""
    return bool(_IOS.search(user_agent))


def intent_address(url: str) -> str:
    """The address that makes Android open `url` in the browser of the phone.

    Source: Chrome's "Android Intents with Chrome"; without a package the usual browser opens it.
    """
    parts = urlsplit(url)
    return (
        f"intent://{parts.netloc}{parts.path}#Intent;scheme={parts.scheme};"
        "action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE;end"
    )
