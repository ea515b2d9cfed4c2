"""Two hundred and fifty addresses that must not be spoken to, and the town in which they live."""

import asyncio
import ipaddress
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset
from aiohttp import web

ALLOWED_HOST, ALLOWED_ADDRESS, ALLOWED_PORT = "trusted.example", "10.99.0.1", 8000
PUBLIC, PUBLIC_V6 = "185.15.59.224", "2a02:ec80:300:ed1a::1"
PORTS = (80, 443, 8443, 8080, 5232, 6379, 22)
FORBIDDEN_V4 = (
    "127.0.0.1", "127.8.9.10", "10.0.0.1", "10.255.255.254", "172.16.0.1", "172.31.9.9",
    "192.168.0.1", "192.168.255.1", "169.254.169.254", "169.254.0.1", "100.64.0.1",
    "100.127.255.254", "0.0.0.0",  # noqa: S104 -- spoken to, not listened at
    "0.1.2.3", "192.0.0.8", "192.0.2.7", "192.88.99.1",
    "198.18.0.1", "198.19.255.1", "198.51.100.4", "203.0.113.9", "240.0.0.1",
)  # fmt: skip
FORBIDDEN_V6 = (
    "::1", "fc00::1", "fd12:3456::7", "fec0::1", "2001:db8::1", "2001:2::1", "2001:10::5",
    "64:ff9b:1::a00:1", "100::1", "3fff::1", "5f00::1", "2001::7f00:1", "4000::1", "1::1",
)  # fmt: skip
_SPELT = ("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An address as somebody pastes it.

    `names` are the answers of the name server, by name: one set of addresses a question, the last
    for all that follow. `leads_to` is where the allowed host sends on to, with that status.
    """

    url: str
    names: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    leads_to: str = ""
    status: int = 0


def cases() -> list[Case]:
    """All of them; no address twice."""
    found = [*_literal(), *_spelt(), *_embedded(), *_tricks(), *_named(), *_rebinding(), *_sent()]
    return list({case.url: case for case in found}.values())


def _literal() -> list[Case]:
    plain = [f"https://{address}/calendars/" for address in FORBIDDEN_V4]
    v6 = [f"https://[{address}]/calendars/" for address in FORBIDDEN_V6]
    other_port = [f"https://{address}:8443/dav/" for address in _SPELT]
    unsafe = [f"http://{address}/" for address in _SPELT]
    ports = [f"https://127.0.0.1:{port}/" for port in (80, 8080, 5232, 6379, 22)]
    return [Case(url=url) for url in (*plain, *v6, *other_port, *unsafe, *ports)]


def _spelt() -> list[Case]:
    """The spellings that inet_aton takes: decimal, hexadecimal, octal, mixed, shortened."""
    found = []
    for address in _SPELT:
        a, b, c, d = (int(part) for part in address.split("."))
        number = int(ipaddress.IPv4Address(address))
        found += [
            str(number), hex(number), oct(number).replace("0o", "0"), f"{a}.{b}.{c * 256 + d}",
            f"{a}.{b * 65536 + c * 256 + d}", f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
            f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"{a:03d}.{b:03d}.{c:03d}.{d:03d}",
            f"{a:#x}.{b}.0{c:o}.{d}", f"0000{a:o}.{b}.{c}.{d}", f"{address}.",
        ]  # fmt: skip
    found.remove("010.000.000.001")  # octal, and so 8.0.0.1, which anybody may speak to
    return [Case(url=f"https://{host}/") for host in found]


def _embedded() -> list[Case]:
    """IPv4 inside IPv6: mapped, compatible, NAT64, 6to4, ISATAP-like, Teredo."""
    found = []
    for address in (*_SPELT, "100.64.0.1", "192.0.2.7"):
        packed = ipaddress.IPv4Address(address).packed
        high, low = packed[:2].hex(), packed[2:].hex()
        found += [
            f"::ffff:{address}", f"::{address}", f"64:ff9b::{address}",
            f"2002:{high}:{low}::1", f"::ffff:0:{address}",
            f"64:ff9b:1::{address}", f"2001:0:{high}:{low}::1", f"0:0:0:0:0:FFFF:{high}:{low}",
        ]  # fmt: skip
    return [Case(url=f"https://[{host}]/") for host in found]


def _tricks() -> list[Case]:
    hosts = [
        "localhost", "LOCALHOST", "localhost.", "ip6-localhost", "127。0。0。1",
        "127.0.0.1%00.example",
        "①②⑦.⓪.⓪.①", "[::1%25lo]", "[fe80::1%25lo]", "127.0.0.1\\@public.example",
        "public.example@127.0.0.1", "public.example:443@10.0.0.1", "127.1", "127.0.1",
        "127.0.0.1#@public.example", "127.0.0.1?@public.example", "10.0.0.1:443:8443",
        "%31%32%37.0.0.1", "127.0.0.1\t", " 127.0.0.1", "l\u043ecalhost",
        "127.0.0.1,public.example",
    ]  # fmt: skip
    schemes = ["gopher", "ftp", "ws", "file", "HTTP", "webcal", "caldav"]
    return [
        *(Case(url=f"https://{host}/") for host in hosts),
        *(Case(url=f"{scheme}://10.0.0.1/") for scheme in schemes),
    ]


def _named() -> list[Case]:
    """Names that lead inside, also behind or before a good address."""
    found = []
    for number, address in enumerate((*FORBIDDEN_V4, *FORBIDDEN_V6)):
        inner = f"in{number}.example"
        found.append(Case(url=f"https://{inner}/", names={inner: ((address,),)}))
    for number, address in enumerate((*_SPELT, "::1", "fd12:3456::7", "64:ff9b::a00:1")):
        after, before = f"after{number}.example", f"before{number}.example"
        found.append(Case(url=f"https://{after}/", names={after: ((PUBLIC, address),)}))
        found.append(Case(url=f"https://{before}/", names={before: ((address, PUBLIC),)}))
    return found


def _rebinding() -> list[Case]:
    """Good at the first question, inside at the next; and the other way round."""
    found = []
    for number, address in enumerate(
        ("127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1")
    ):
        turns, flips = f"turns{number}.example", f"flips{number}.example"
        outer = PUBLIC_V6 if ":" in address else PUBLIC
        found.append(Case(url=f"https://{turns}/", names={turns: ((outer,), (address,))}))
        sets = ((outer,), (address,), (outer,), (address,))
        found.append(Case(url=f"https://{flips}/", names={flips: sets}))
    return found


def _sent() -> list[Case]:
    """An allowed server sends on to an inner door, by status or by what it says of its homes."""
    inner = {"door.example": (("10.0.0.1",),)}
    places = (
        "http://127.0.0.1/", "https://127.0.0.1/", "https://10.0.0.1:8443/", "//169.254.169.254/",
        "http://169.254.169.254/latest/meta-data/", "https://[::1]/", "https://[64:ff9b::10.0.0.1]/",
        "https://2130706433/", "https://door.example/", "http://127.0.0.1:6379/",
    )  # fmt: skip
    found = []
    for place in places:
        for status in (301, 302, 307, 308, 207):
            url = f"http://{ALLOWED_HOST}:{ALLOWED_PORT}/{len(found)}/"
            found.append(Case(url=url, names=inner, leads_to=place, status=status))
    return found


class Town:
    """Canaries at every address, a name server, and one allowed host."""

    def __init__(self, all_cases: list[Case]) -> None:
        self._by_path = {case.url.split("/", 3)[-1]: case for case in all_cases if case.leads_to}
        self._names: dict[str, tuple[tuple[str, ...], ...]] = {}
        self._asked: Counter[tuple[str, int]] = Counter()
        self._case = Case(url="")
        self._hits: list[tuple[str, str, int]] = []
        self._open: list[Any] = []
        self.allowed_hits = 0

    async def __aenter__(self) -> Self:
        for host in ("0.0.0.0", "::"):  # noqa: S104 -- every address of this network is a canary
            for port in PORTS:
                self._open.append(await asyncio.start_server(self._heard, host, port))
        loop = asyncio.get_running_loop()
        names, _ = await loop.create_datagram_endpoint(
            lambda: _Names(self), local_addr=("127.0.0.53", 53)
        )
        self._open.append(names)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._send_on)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, ALLOWED_ADDRESS, ALLOWED_PORT).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for one in self._open:
            one.close()
        await self._runner.cleanup()

    def begin(self, case: Case) -> None:
        """From now on the names of this case, from the first answer on."""
        self._case = case
        self._names = {ALLOWED_HOST: ((ALLOWED_ADDRESS,),), **case.names}
        self._names["public.example"] = ((PUBLIC,),)
        self._asked.clear()

    def take(self) -> list[tuple[str, str, int]]:
        """What the canaries heard: case, address and port; they forget it."""
        hits, self._hits = self._hits, []
        return hits

    def addresses(self, name: str, kind: int) -> tuple[str, ...]:
        """The answer to a question, of this family."""
        sets = self._names.get(name)
        if sets is None:
            return ()
        turn = self._asked[name, kind]
        self._asked[name, kind] += 1
        found = sets[min(turn, len(sets) - 1)]
        return tuple(a for a in found if (":" in a) == (kind == dns.rdatatype.AAAA))

    async def _heard(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address, port = writer.get_extra_info("sockname")[:2]
        if address in (PUBLIC, PUBLIC_V6):
            self.allowed_hits += 1
        else:
            self._hits.append((self._case.url, address, port))
        writer.close()

    async def _send_on(self, request: web.Request) -> web.Response:
        case = self._by_path.get(request.path.removeprefix("/"))
        if case is None:
            return web.Response(status=404)
        if case.status != 207:
            return web.Response(status=case.status, headers={"Location": case.leads_to})
        return web.Response(status=207, text=_home_at(request.path, case.leads_to))


def _home_at(path: str, place: str) -> str:
    """A principal whose home is elsewhere, with a member elsewhere."""
    return (
        '<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:response>'
        f"<D:href>{path}</D:href><D:propstat><D:prop><D:resourcetype><D:collection/>"
        f"</D:resourcetype><D:current-user-principal><D:href>{place}</D:href>"
        f"</D:current-user-principal><C:calendar-home-set><D:href>{place}</D:href>"
        "</C:calendar-home-set></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
        f"</D:response><D:response><D:href>{place}x.ics</D:href><D:propstat><D:prop><D:getetag>"
        '"1"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>'
        "<D:sync-token>t</D:sync-token></D:multistatus>"
    )


class _Names(asyncio.DatagramProtocol):
    """A name server without a memory of its own: nothing may be kept for longer than a moment."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        asked = dns.message.from_wire(data)
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.RA | dns.flags.AA
        for question in asked.question:
            name = question.name.to_text(omit_final_dot=True).lower()
            for address in self._town.addresses(name, question.rdtype):
                answer.answer.append(
                    dns.rrset.from_text(question.name, 0, "IN", question.rdtype, address)
                )
        self._transport.sendto(answer.to_wire(), addr)
