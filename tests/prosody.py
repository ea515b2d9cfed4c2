"""A real Prosody for tests, with Jitsi's rules for tokens stated anew, and a client that joins."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from aiohttp import ClientSession
from lxml import etree

from server.demo.installation import free_port
from tests.servers import await_port, needed, stop

PLUGINS = Path(__file__).parent / "data" / "prosody"
_BOSH = "http://jabber.org/protocol/httpbind"
_XMPP = "urn:xmpp:xbosh"
_CONFIG = """
run_as_root = true
data_path = "{folder}"
pidfile = "{folder}/pid"
log = {{ info = "{folder}/log" }}
plugin_paths = {{ "{plugins}" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{}}
s2s_ports = {{}}
http_ports = {{ {port} }}
https_ports = {{}}
modules_enabled = {{ "bosh", "saslauth" }}
modules_disabled = {{ "s2s", "c2s", "tls" }}
consider_bosh_secure = true
c2s_require_encryption = false

VirtualHost "{host}"
authentication = "rules"
asap_key_server = "{keys}"
asap_accepted_issuers = {{ "tweespraak" }}
asap_accepted_audiences = {{ "tweespraak" }}
http_host = "127.0.0.1"

Component "conference.{host}" "muc"
modules_enabled = {{ "muc_rules" }}
restrict_room_creation = false
muc_room_locking = false
"""


@contextlib.contextmanager
def running_prosody(host: str, *, keys: str) -> Iterator[str]:
    """A Prosody that serves `host` and asks `keys` for keys; gives its BOSH address."""
    program = needed("prosody", package="prosody lua-luaossl")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tweespraak-prosody-") as folder:
        config = Path(folder) / "prosody.cfg.lua"
        text = _CONFIG.format(folder=folder, plugins=PLUGINS, port=port, host=host, keys=keys)
        config.write_text(text)
        process = subprocess.Popen(
            [program, "--config", config, "-F"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            await_port(port, process)
            yield f"http://127.0.0.1:{port}/http-bind"
        finally:
            stop(process)


@dataclass(slots=True, kw_only=True)
class Guest:
    """One browser at Prosody's door: BOSH (XEP-0124, XEP-0206), as Jitsi's page speaks it."""

    session: ClientSession
    address: str
    host: str
    token: str
    rid: int = 1000
    sid: str = ""

    async def is_let_in(self) -> bool:
        """Open a session and show the token."""
        opened = await self._send("", to=self.host, hold="1", wait="100", ver="1.6")
        self.sid = opened.get("sid", "")
        mechanism = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>"
        answer = await self._send(mechanism)
        return answer.find("{urn:ietf:params:xml:ns:xmpp-sasl}success") is not None

    async def enters(self, room: str) -> str:
        """Go into a room: `moderator`, `participant`, or the error."""
        await self._send("", to=self.host, **{f"{{{_XMPP}}}restart": "true"})
        bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
        await self._send(f"<iq xmlns='jabber:client' type='set' id='b'>{bind}</iq>")
        muc = "<x xmlns='http://jabber.org/protocol/muc'/>"
        to = f"{room}@conference.{self.host}/{uuid4().hex}"
        answer = await self._send(f"<presence xmlns='jabber:client' to='{to}'>{muc}</presence>")
        for presence in answer.iter("{jabber:client}presence"):
            if presence.get("type") == "error":
                error = presence.find("{jabber:client}error")
                return str(etree.QName(error[0]).localname) if error is not None else "error"
            if presence.find(".//*[@code='110']") is not None:
                item = presence.find(".//{http://jabber.org/protocol/muc#user}item")
                return str(item.get("role")) if item is not None else "?"
        return "nothing"

    async def _send(self, inside: str, **attributes: str) -> etree._Element:
        self.rid += 1
        body = etree.Element(f"{{{_BOSH}}}body", nsmap={None: _BOSH, "xmpp": _XMPP})
        known = {"rid": str(self.rid), "sid": self.sid, f"{{{_XMPP}}}version": "1.0"}
        for name, value in {**known, **attributes}.items():
            if value:
                body.set(name, value)
        if inside:
            body.append(etree.fromstring(inside))
        address = f"{self.address}?token={self.token}" if self.token else self.address
        async with self.session.post(address, data=etree.tostring(body)) as answer:
            return etree.fromstring(await answer.read())
