"""A visitor without script: follows links, fills forms in, presses buttons, over real HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from lxml import html
from sqlalchemy import select

from server.routes.keys import PARTS
from server.store.schema import invitation
from server.usecases.accounts import create_login_link
from server.usecases.context import MeetingId, Parts, StaffActor, StaffId
from server.web_session import cookie_names

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A page as it came."""

    status: int
    path: str
    headers: Mapping[str, str]
    document: html.HtmlElement

    def text(self, xpath: str = "//main") -> str:
        """The words inside the first element that fits, in one line; of scripts only its own."""
        found = self.document.xpath(xpath)
        assert found, f"no {xpath} on {self.path}"
        # What scripts on a page are told holds tokens, in which any few letters may stand.
        words = found[0].xpath("text() | .//*[not(self::script or self::style)]/text()")
        return " ".join("".join(words).split())

    def has(self, xpath: str) -> bool:
        return bool(self.document.xpath(xpath))

    @property
    def problem(self) -> str:
        """The stable code of the alert, or an empty string."""
        found = self.document.xpath("//*[@id='problem']/@data-code")
        return str(found[0]) if found else ""

    def value(self, name: str) -> str:
        """What the first field of this name holds."""
        for form in self.document.forms:
            if name in form.fields:
                return form.fields[name] or ""
        raise AssertionError(f"no field {name} on {self.path}")


class Visitor:
    """One browser with its cookies."""

    def __init__(self, client: TestClient, *, patient: bool = True) -> None:
        """`patient`: a page that tells of work which goes on is opened again until that ended."""
        self.client = client
        self.patient = patient
        self.seen: Seen | None = None

    @property
    def parts(self) -> Parts:
        return self.client.app[PARTS]

    async def open(self, path: str) -> Seen:
        return await self._look(await self.client.get(path))

    async def press(self, xpath: str = "//main//form//button", **fields: str) -> Seen:
        """Press a button on the page that was seen last, with these fields filled in."""
        assert self.seen is not None
        found = self.seen.document.xpath(xpath)
        assert found, f"no {xpath} on {self.seen.path}"
        button = found[0]
        form = next(one for one in button.iterancestors() if one.tag == "form")
        given = [(name, value) for name, value in form.form_values() if name not in fields]
        named = [(button.get("name"), button.get("value", ""))] if button.get("name") else []
        body = urlencode([*given, *fields.items(), *named])
        if (form.get("method") or "get").lower() == "get":
            return await self.open(f"{form.get('action')}?{body}")
        return await self._look(await self.post(form.get("action"), body))

    async def post(self, path: str, body: str, **options: object) -> ClientResponse:
        return await self.client.post(path, data=body, headers=FORM, **options)

    async def sign_in(self, actor: StaffActor) -> Seen:
        """Come in by a sign-in link."""
        token = await create_login_link(self.parts, StaffId(actor.id), now=self.parts.now())
        await self.open(f"/login/link/{token}")
        page = await self.press()
        assert page.status == 200, page.text()
        return page

    def forget(self) -> None:
        """A fresh browser."""
        self.client.session.cookie_jar.clear()
        self.seen = None

    def cookie(self, kind: str) -> str:
        """The value of one of our cookies, by its name in `CookieNames`."""
        name = getattr(cookie_names(self.parts.settings), kind)
        jar = self.client.session.cookie_jar.filter_cookies(self.client.make_url("/"))
        return jar[name].value

    async def _look(self, response: ClientResponse) -> Seen:
        text = await response.text()
        while self.patient and response.status == HTTPStatus.ACCEPTED:
            response = await self.client.get(f"{response.url.path}?wait=yes")
            text = await response.text()
        self.seen = Seen(
            status=response.status,
            path=response.url.path,
            headers=response.headers,
            document=html.document_fromstring(text or "<html><body></body></html>"),
        )
        return self.seen


async def link_of(parts: Parts, meeting: MeetingId | UUID) -> str:
    """The token of the newest invitation of a meeting, as the mail holds it."""
    query = (
        select(invitation.c.id)
        .where(invitation.c.meeting_id == meeting)
        .order_by(invitation.c.revision.desc())
    )
    async with parts.database.read() as tx:
        newest = (await tx.execute(query)).scalars().first()
    assert newest is not None
    return parts.secret.invitation_token(newest)
