"""The pages that show the demo's mails: a list, and one mail with its text, HTML and invitation."""

import base64
import hashlib
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web

from server.demo.mails import Mail, read_all, read_one

_FOLDER = web.AppKey("folder", Path)
# The list looks for new mails by itself; a page that loads itself anew would take the focus away.
_LOOK_AGAIN = """
setInterval(async () => {
  const list = document.querySelector("main");
  if (list.contains(document.activeElement)) return;
  const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
  list.innerHTML = page.querySelector("main").innerHTML;
}, 3000);
"""
_SCRIPT = base64.b64encode(hashlib.sha256(_LOOK_AGAIN.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; "
    f"script-src 'sha256-{_SCRIPT}'; connect-src 'self'; "
    "frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
# the mail's own HTML: no script, no origin, links open beside this page
_MAIL_HEADERS = {
    "Content-Security-Policy": "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_STYLE = """
:root { color-scheme: light; font: 1.0625rem/1.55 system-ui, sans-serif; color: #16202b; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; background: #f4f6f8; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p.lead { margin: 0 0 1.5rem; color: #44525f; }
a { color: #0b57a4; } a:focus-visible { outline: 3px solid #0b57a4; outline-offset: 2px; }
ul { list-style: none; margin: 0; padding: 0; }
li { background: #fff; border: 1px solid #dbe2e8; border-radius: .6rem; margin: 0 0 .6rem; }
li a { display: grid; grid-template-columns: 9.5rem 1fr; gap: .25rem 1rem; padding: .8rem 1rem;
  text-decoration: none; color: inherit; }
li a:hover { background: #eef4fa; } li b { color: #0b57a4; overflow-wrap: anywhere; }
time, li span, dt { color: #44525f; } li span { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: 6rem 1fr; gap: .2rem 1rem; margin: 1rem 0; }
dd { margin: 0; overflow-wrap: anywhere; }
pre, iframe { background: #fff; border: 1px solid #dbe2e8; border-radius: .6rem; width: 100%;
  box-sizing: border-box; } iframe { height: 34rem; }
pre { padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 40rem) { li a, dl { grid-template-columns: 1fr; } }
"""


def mail_app(folder: Path) -> web.Application:
    """The application that shows the mails of `folder`. Reads only."""
    app = web.Application()
    app[_FOLDER] = folder
    app.router.add_get("/", _list)
    app.router.add_get("/mail/{id}", _show)
    app.router.add_get("/mail/{id}/html", _show_html)
    app.router.add_get("/mail/{id}/source", _show_source)
    return app


def _page(title: str, body: str, *, script: str = "") -> web.Response:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main>{f'<script>{script}</script>' if script else ''}</body></html>"
    )
    return web.Response(text=text, content_type="text/html", headers=_HEADERS)


def _time(mail: Mail) -> str:
    at = mail.at.astimezone(ZoneInfo("Europe/Amsterdam"))
    return f'<time datetime="{at.isoformat()}">{at:%d-%m %H:%M:%S}</time>'


def _line(mail: Mail) -> str:
    return (
        f'<li><a href="/mail/{mail.id}">{_time(mail)}<b>{escape(mail.subject)}</b>'
        f"<span></span><span>{escape(mail.to)}</span></a></li>"
    )


async def _list(request: web.Request) -> web.Response:
    mails = read_all(request.app[_FOLDER])
    lead = (
        f"{len(mails)} mails. They stay on this machine; the page looks for new ones by itself."
        if mails
        else "No mail yet. Book a meeting, and the invitation appears here."
    )
    lines = "".join(_line(mail) for mail in mails)
    body = f'<h1>Mails that Tweespraak sent</h1><p class="lead">{lead}</p><ul>{lines}</ul>'
    return _page("Mails that Tweespraak sent", body, script=_LOOK_AGAIN)


def _found(request: web.Request) -> Mail:
    mail = read_one(request.app[_FOLDER], request.match_info["id"])
    if mail is None:
        raise web.HTTPNotFound(text="There is no such mail.", headers=_HEADERS)
    return mail


async def _show(request: web.Request) -> web.Response:
    mail = _found(request)
    links = "".join(
        f'<dt>Link</dt><dd><a href="{escape(link)}" target="_blank" rel="noopener">'
        f"{escape(link)}</a></dd>"
        for link in mail.links
    )
    parts = [
        f'<p><a href="/">All mails</a></p><h1>{escape(mail.subject)}</h1><dl>',
        f"<dt>From</dt><dd>{escape(mail.sender)}</dd><dt>To</dt><dd>{escape(mail.to)}</dd>",
        f"<dt>Sent</dt><dd>{_time(mail)}</dd>{links}</dl>",
    ]
    if mail.html:
        parts.append(f'<h2>As HTML</h2><iframe title="HTML" src="/mail/{mail.id}/html"></iframe>')
    if mail.text:
        parts.append(f"<h2>As text</h2><pre>{escape(mail.text)}</pre>")
    if mail.ics:
        parts.append(f"<h2>Calendar invitation</h2><pre>{escape(mail.ics)}</pre>")
    parts.append(f'<p><a href="/mail/{mail.id}/source">The whole mail as it was sent</a></p>')
    return _page(mail.subject, "".join(parts))


async def _show_html(request: web.Request) -> web.Response:
    text = '<base target="_blank">' + _found(request).html
    return web.Response(text=text, content_type="text/html", headers=_MAIL_HEADERS)


async def _show_source(request: web.Request) -> web.Response:
    source = _found(request).source.decode("utf-8", "replace")
    return web.Response(text=source, content_type="text/plain", headers=_HEADERS)
