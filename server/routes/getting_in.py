"""Getting in: the test before a talk, another device, a short code, what is in the way."""

import json
import secrets

from aiohttp import hdrs, web

from coaching.errors import NotAllowed, NotFound, TweespraakError
from coaching.words import Role
from server.caller import caller_of
from server.in_app import intent_address, is_in_app, is_ios
from server.routes.forms import Form
from server.routes.keys import PARTS
from server.routes.page import form_of, page, phone_words, see, visit_of, words_of
from server.routes.rights import COACHING, staff_only
from server.routes.talk import as_whom, language_of, meeting_in
from server.texts import Words
from server.usecases.context import GuestActor, MeetingId, StaffActor
from server.usecases.device_checks import record_in_talk, record_test, state_of_test, troubles
from server.usecases.excusing import is_excused
from server.usecases.joining import InvitationPreview, open_talk, preview_invitation
from server.usecases.relay_trial import relay_trial
from server.usecases.short_codes import CODE_MINUTES, code_of_guest, code_of_link, link_behind_code
from server.usecases.waiting_notes import leave_note, note_for, read_note
from server.web_session import cookie_names, keep

_DEVICE_SECONDS = 400 * 24 * 3600
_NO_SCRIPT = "NO_SCRIPT"


def device_of(request: web.Request) -> str:
    """What tells this device from others; empty when it was never tested."""
    return request.cookies.get(cookie_names(request.app[PARTS].settings).device, "")


def agent_of(request: web.Request) -> str:
    """What the browser calls itself."""
    return request.headers.get(hdrs.USER_AGENT, "")


async def ways_in(request: web.Request, token: str) -> dict[str, object]:
    """What the page of a link knows of this device: tested or not, inside another app or not."""
    parts = request.app[PARTS]
    return {
        "test": await state_of_test(parts, token, device_of(request), now=parts.now()),
        "in_app": is_in_app(agent_of(request)),
    }


async def _known(request: web.Request) -> tuple[InvitationPreview, dict[str, object]]:
    """The appointment behind the link, and what each of its pages shows.

    Raises:
        NotFound: `link_unknown`.
    """
    parts = request.app[PARTS]
    token = request.match_info["token"]
    preview = await preview_invitation(parts, token, now=parts.now())
    if preview.meeting is None:
        raise NotFound("link_unknown")
    return preview, {
        "preview": preview,
        "token": token,
        "phone": preview.coach_phone or parts.settings.organisation_phone,
        "phone_name": preview.coach_name or parts.settings.organisation,
        **await ways_in(request, token),
    }


async def show_test(request: web.Request) -> web.Response:
    """The test of camera, sound and connection, on this device."""
    preview, facts = await _known(request)
    facts["told"] = "told" in request.query
    waived = preview.meeting is not None and await is_excused(request.app[PARTS], preview.meeting)
    facts["without_camera"] = waived
    words = words_of(request, preview.language)
    facts["test_facts"] = _test_facts(request, facts, words)
    return page(request, "device_test.html", facts, language=preview.language)


def _test_facts(request: web.Request, facts: dict[str, object], words: Words) -> str:
    """The facts for the page's module, safe inside a script element (HTML 4.12.1.3)."""
    known = {
        "csrf": visit_of(request).csrf,
        "has_camera_waiver": facts["without_camera"],
        "test_url": f"/j/{facts['token']}/test",
        "phone": phone_words(str(facts["phone"])),
        "phone_name": facts["phone_name"],
        "stun_urls": list(request.app[PARTS].settings.stun_urls),
        "texts": {
            key: text
            for lead in ("call.help.", "call.check.", "call.test.")
            for key, text in words.texts.starting_with(lead).items()
        },
    }
    text = json.dumps(known, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


async def take_test(request: web.Request) -> web.Response:
    """Keep how the test went; this device is known by a cookie from then on."""
    parts = request.app[PARTS]
    token = request.match_info["token"]
    device = device_of(request) or secrets.token_urlsafe(32)
    verdict = Form(form_of(request)).text("verdict")
    await record_test(parts, token, verdict, device=device, now=parts.now())
    response = see(f"/j/{token}/test?told" if verdict == _NO_SCRIPT else f"/j/{token}")
    _keep_device(request, response, device)
    return response


async def give_relay(request: web.Request) -> web.Response:
    """The relays for one test of the line, as JSON."""
    parts = request.app[PARTS]
    servers = await relay_trial(parts, request.match_info["token"], now=parts.now())
    known = [
        {"urls": list(one.urls), "username": one.username, "credential": one.credential}
        for one in servers
    ]
    return web.json_response({"ice_servers": known})


def _keep_device(request: web.Request, response: web.Response, device: str) -> None:
    settings = request.app[PARTS].settings
    keep(response, settings, cookie_names(settings).device, device, seconds=_DEVICE_SECONDS)


async def show_elsewhere(request: web.Request) -> web.Response:
    """How to go on in another program or on another device."""
    return await _elsewhere(request)


async def make_code(request: web.Request) -> web.Response:
    """The same page with a new code on it."""
    parts = request.app[PARTS]
    token = request.match_info["token"]
    return await _elsewhere(request, await code_of_link(parts, token, now=parts.now()))


async def _elsewhere(request: web.Request, code: str = "") -> web.Response:
    preview, facts = await _known(request)
    url = f"{request.app[PARTS].settings.public_url}/j/{facts['token']}"
    agent = agent_of(request)
    facts |= {
        "action": f"/j/{facts['token']}/elsewhere",
        "back_to": f"/j/{facts['token']}",
        "link": url,
        "ios": is_ios(agent),
        "intent": intent_address(url) if "Android" in agent else "",
        **_code_facts(request, code),
    }
    return page(request, "elsewhere.html", facts, language=preview.language)


def _code_facts(request: web.Request, code: str) -> dict[str, object]:
    address = request.app[PARTS].settings.public_url.partition("://")[2]
    return {"code": code, "minutes": CODE_MINUTES, "address": address}


async def show_elsewhere_of_talk(request: web.Request) -> web.Response:
    """The same from within the call page, which does not know its link."""
    return await _elsewhere_of_talk(request)


async def make_code_of_talk(request: web.Request) -> web.Response:
    """With a new code on it."""
    parts = request.app[PARTS]
    guest = _guest_of(request)
    return await _elsewhere_of_talk(request, await code_of_guest(parts, guest, now=parts.now()))


async def _elsewhere_of_talk(request: web.Request, code: str = "") -> web.Response:
    parts = request.app[PARTS]
    guest = _guest_of(request)
    talk = await open_talk(parts, guest, guest.meeting, now=parts.now())
    facts = {
        "action": f"/talk/{guest.meeting}/elsewhere",
        "back_to": f"/talk/{guest.meeting}",
        "link": "",
        "ios": is_ios(agent_of(request)),
        "intent": "",
        "in_app": is_in_app(agent_of(request)),
        "phone": talk.phone,
        "phone_name": talk.phone_name,
        **_code_facts(request, code),
    }
    return page(request, "elsewhere.html", facts, language=language_of(request, guest))


def _guest_of(request: web.Request) -> GuestActor:
    """The candidate of this talk, who came in by the link on this device.

    Raises:
        NotAllowed: `talk_by_link`, anybody else.
    """
    guest = visit_of(request).guest
    if guest is None or guest.meeting != meeting_in(request):
        raise NotAllowed("talk_by_link")
    return guest


async def enter_code(request: web.Request) -> web.Response:
    """Somebody types a code on the first page: on to the page of its link."""
    parts = request.app[PARTS]
    typed = Form(form_of(request)).text("code")
    address = caller_of(request, parts.settings.proxies)
    try:
        token = await link_behind_code(parts, typed, address=address, now=parts.now())
    except TweespraakError as error:
        facts = {"work": None, "typed": typed[:40]}
        return page(request, "home.html", facts, back="/", error=error)
    return see(f"/j/{token}")


async def tell_verdict(request: web.Request) -> web.Response:
    """The page of a candidate tells what is in the way of camera or sound: a code, never media."""
    parts = request.app[PARTS]
    actor = visit_of(request).with_csrf(request.headers.get("X-CSRF", ""))
    if not isinstance(actor, GuestActor):
        raise NotAllowed("page_old")
    form = Form(form_of(request))
    meeting = MeetingId(form.reference("meeting"))
    verdict = form.text("verdict")
    device = device_of(request) or secrets.token_urlsafe(32)
    await record_in_talk(parts, actor, meeting, verdict, device=device, now=parts.now())
    response = web.json_response({})
    _keep_device(request, response, device)
    return response


async def waiting_news(request: web.Request) -> web.Response:
    """What there is to know while one waits, in one sentence: asked again every few seconds."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    actor = as_whom(request, meeting)
    words = words_of(request, language_of(request, actor))
    note = await note_for(parts, actor, meeting, now=parts.now())
    is_coach = isinstance(actor, StaffActor)
    text = trouble = ""
    if note:
        to_coach = "waiting.late_told" if note.read else "waiting.late_sent"
        text = words.say(to_coach if is_coach else "waiting.late", time=words.clock(note.until))
    if is_coach:
        found = (await troubles(parts, [meeting], now=parts.now())).get(meeting)
        trouble = words.say("waiting.trouble", what=words.say(f"verdict.{found}")) if found else ""
    waived = await is_excused(parts, meeting)
    news = {"text": text, "trouble": trouble, "waived": waived}
    return web.json_response(news | {"arrived": note is not None and note.read})


async def news_was_read(request: web.Request) -> web.Response:
    """The page of a candidate shows the coach's word; the coach reads that it arrived."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    actor = as_whom(request, meeting)
    if isinstance(actor, GuestActor):
        await read_note(parts, actor, meeting, now=parts.now())
    return web.json_response({})


@staff_only(COACHING)
async def tell_late(request: web.Request, actor: StaffActor) -> web.Response:
    """The coach says how late they are; whoever waits reads it within seconds."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    form = Form(form_of(request))
    minutes = form.whole("minutes")
    await leave_note(parts, actor, meeting, minutes, now=parts.now())
    in_talk = form.text("back") == "talk"
    return see(f"/talk/{meeting}?as={Role.COACH}" if in_talk else "/today")


ROUTES = (
    web.get("/j/{token}/test", show_test, allow_head=False),
    web.post("/j/{token}/test", take_test),
    web.post("/j/{token}/test/relay", give_relay),
    web.get("/j/{token}/elsewhere", show_elsewhere, allow_head=False),
    web.post("/j/{token}/elsewhere", make_code),
    web.get("/talk/{meeting}/elsewhere", show_elsewhere_of_talk, allow_head=False),
    web.post("/talk/{meeting}/elsewhere", make_code_of_talk),
    web.get("/talk/{meeting}/waiting", waiting_news, allow_head=False),
    web.post("/talk/{meeting}/waiting", news_was_read),
    web.post("/talk/{meeting}/late", tell_late),
    web.post("/code", enter_code),
    web.post("/api/verdict", tell_verdict),
)
