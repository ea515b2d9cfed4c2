"""What routes find in the application and in a request, under typed keys."""

from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID

from aiohttp import web
from jinja2 import Environment

from coaching.words import Role
from server.feed_pace import FeedPace
from server.long_work import LongWork
from server.usecases.context import Parts
from server.web_session import Visit
from server.webfiles import WebFiles
from signaling.front import Talks
from signaling.messages import Cause


class TalkRooms(Talks, Protocol):
    """What pages ask of the signalling side (`signaling.connection.Signaling`)."""

    async def start(self) -> None:
        """Take up the rooms of the process before."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Carry one WebSocket from its hello to its end."""

    async def waiting(self, meetings: Collection[UUID]) -> frozenset[UUID]:
        """Those of `meetings` in whose waiting room the candidate sits."""

    async def close_device(self, device: UUID) -> None:
        """Close the sockets of a device whose session ended."""

    async def refuse_third(self, meeting: UUID) -> None:
        """Tell the coach's page that somebody else tried to enter."""

    async def report_trouble(self, meeting: UUID, role: Role, cause: Cause) -> None:
        """Tell the other's page that it does not work, when this one has no socket."""

    def coaches(self) -> Mapping[UUID, UUID]:
        """The meetings that somebody sits in through this process, and who is their coach there."""

    def devices(self) -> frozenset[UUID]:
        """The devices of the pages that this process serves."""

    async def send_away(self, meeting: UUID) -> None:
        """Close the pages of a meeting that was moved, cancelled or given to another coach."""

    async def close(self) -> None:
        """Close every socket so that pages come back to the next process."""


PARTS = web.AppKey("parts", Parts)
FEED_PACE = web.AppKey("feed_pace", FeedPace)
LONG_WORK = web.AppKey("long_work", LongWork)
ROOMS = web.AppKey("rooms", TalkRooms)
WEB_FILES = web.AppKey("web_files", WebFiles)
TEMPLATES = web.AppKey("templates", Environment)

REQUEST_ID = web.RequestKey("request_id", str)
NONCE = web.RequestKey("nonce", str)
VISIT = web.RequestKey("visit", Visit)
FORM = web.RequestKey("form", dict[str, str])
UPLOAD = web.RequestKey[bytes | None]("upload", bytes | None)  # type: ignore[arg-type]  # a union is no class
PAGE_OLD = web.RequestKey("page_old", bool)  # the form comes from a page of a session before
