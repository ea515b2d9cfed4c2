"""What can happen to a room, and what a room asks its rim to do."""

from coaching.words import Role
from signaling.messages import Cause, FromBrowser, Quality, Shown, ToBrowser
from signaling.value import value


@value
class Joined:
    """A page showed a good ticket. Ids as text; `device` is the server's session behind it."""

    connection: str
    role: Role
    person: str
    name: str
    device: str
    relay_only: bool = False
    camera_waiver: bool = False
    shown: Shown | None = None


@value
class Resumed:
    """A page came back with an authentic seat token, using `epoch`."""

    connection: str
    role: Role
    device: str
    generation: int
    epoch: int
    relay_only: bool = False
    shown: Shown | None = None


@value
class Lost:
    """A socket is gone."""

    connection: str


@value
class Said:
    """A page said something, after its first message."""

    connection: str
    message: FromBrowser


@value
class Ticked:
    """Time went by; comes at least once a second while somebody sits."""


@value
class ThirdTried:
    """Somebody who is not one of the two opened the page of the talk."""


@value
class Troubled:
    """A page without a socket said that it does not work."""

    role: Role
    cause: Cause


@value
class SessionEnded:
    """The session behind a device is over, by signing out."""

    device: str


@value
class Restarted:
    """The server that held these sockets is gone: nobody has one any more."""


Event = Joined | Resumed | Lost | Said | Ticked | ThirdTried | Troubled | SessionEnded | Restarted


@value
class Send:
    """Send `message`."""

    connection: str
    message: ToBrowser


@value
class Greet:
    """Send `welcome` for this seat, with a fresh seat token of this generation."""

    connection: str
    role: Role


@value
class Begin:
    """Send `start` for the room's epoch with fresh ICE servers."""

    connection: str
    role: Role
    offer: bool


@value
class GiveIce:
    """Send `ice_servers`."""

    connection: str
    role: Role


@value
class Close:
    """Close the socket with this code, after what was sent before."""

    connection: str
    code: int


@value
class LetGo:
    """This page left and has heard so: it closes its socket, or we do after a moment."""

    connection: str


@value
class JointTime:
    """Keep the joint time so far; `over`: the talk may be judged held or not.

    `online`: both were seen during enough of it (5.2). `differences`: how often the two came to
    differ on whether they see each other (E13). `attested_seconds`: of the time together, how long
    both pages vouched that they see the other.
    """

    seconds: int
    over: bool
    online: bool = False
    differences: int = 0
    attested_seconds: int = 0


@value
class NoticeThird:
    """Leave a notice: a third was refused at the socket."""


@value
class NoticeTrouble:
    """Leave a notice: this role pressed "Het lukt niet"."""

    role: Role
    cause: Cause


@value
class NoticeQuality:
    """What the page of this role received in 15 seconds of the talk."""

    role: Role
    quality: Quality


@value
class NoticeUnseen:
    """Rule R5 reached its last stage, where rule R19 begins."""

    who: Role


Effect = (
    Send
    | Greet
    | Begin
    | GiveIce
    | Close
    | LetGo
    | JointTime
    | NoticeThird
    | NoticeTrouble
    | NoticeUnseen
    | NoticeQuality
)
