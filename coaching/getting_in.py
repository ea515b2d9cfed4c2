"""What can be wrong with a device before a talk: the codes of the page's own check, no others.

The first twelve are those of `web/src/call/classify.ts`; the rest is what a page measures in a
stream that lives, or what a person answers to it.
"""

from enum import StrEnum


class DeviceVerdict(StrEnum):
    """Worded for staff by the catalogue: verdict.<code>."""

    BROWSER_BLOCKED = "BROWSER_BLOCKED"
    OS_BLOCKED = "OS_BLOCKED"
    DISMISSED = "DISMISSED"
    NO_CAMERA = "NO_CAMERA"
    NO_MIC = "NO_MIC"
    BUSY = "BUSY"
    LOST = "LOST"
    BLACK = "BLACK"
    SILENT = "SILENT"
    INSECURE_CONTEXT = "INSECURE_CONTEXT"
    UNSUPPORTED = "UNSUPPORTED"
    TIMEOUT = "TIMEOUT"
    FROZEN = "FROZEN"
    MUTED = "MUTED"
    NOT_SEEN = "NOT_SEEN"  # the person does not see themselves, though a picture was measured
    NOT_HEARD = "NOT_HEARD"  # the person does not hear the tones
    NO_SOCKET = "NO_SOCKET"  # the way to the server for messages is closed
    NO_ROUTE = "NO_ROUTE"  # picture does not come through a connection of the browser's own
    NO_RELAY = "NO_RELAY"  # the relay that many lines need is out of reach
    NO_SCRIPT = "NO_SCRIPT"  # a browser that cannot do it at all


# Nothing is wrong with the device: a press on the button, and it works.
HARMLESS = frozenset({DeviceVerdict.DISMISSED})
