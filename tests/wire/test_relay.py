"""A real coturn with our configuration: it relays three ways, and leads nowhere inside."""

import asyncio
import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import pytest

from server.cli import main
from server.demo.installation import free_port
from server.relay_check import (
    INNER,
    Fault,
    Looked,
    inner_leaks,
    installed_version,
    look_at_relay,
    try_way,
)
from server.relay_url import RelayUrl, Transport
from server.turn_client import TurnClient, TurnRefused, turn_client
from server.turn_config import SAFE
from signaling.ice import turn_login
from tests.coturn import HOST, SECRET, Relay, running_coturn

pytestmark = pytest.mark.wire
login = partial(turn_login, SECRET, "a-test")


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with running_coturn() as running:
        yield running


@contextlib.contextmanager
def _silent_port() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((HOST, 0))
        yield silent.getsockname()[1]


async def _looks(relay: Relay, secret: str = SECRET) -> list[Looked]:
    make = partial(turn_login, secret, "a-test")
    now = int(time.time())
    return [found async for found in look_at_relay(relay.ways, make, now=now, trust=relay.trust)]


async def test_relay_carries_a_packet_over_udp_tcp_and_tls_and_refuses_all_inner_addresses(
    relay: Relay,
) -> None:
    found = await _looks(relay)

    assert [(one.subject, one.good) for one in found] == [
        ("relay", True), ("relay", True), ("relay", True), ("relay, inner addresses", True),
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(3))
async def test_each_inner_address_is_refused_with_403_over_every_transport(
    relay: Relay, number: int
) -> None:
    async with turn_client(relay.ways[number], _now_login(), trust=relay.trust) as client:
        await client.allocate()
        codes = {inner: await _code(client, inner) for inner in INNER if ":" not in inner}

    assert codes == dict.fromkeys(codes, 403)


async def test_every_form_that_this_coturn_can_refuse_is_refused_on_an_ipv6_relay() -> None:
    with running_coturn("relay-ip=::1") as relay:
        async with turn_client(relay.ways[0], _now_login()) as client:
            await client.allocate(6)
            codes = {inner: await _code(client, inner) for inner in INNER if ":" in inner}
        leaks = await inner_leaks(relay.ways[0], _now_login())

    version = installed_version()
    compatible = {"::127.0.0.1", "::10.0.0.1"} if version and version < SAFE else set()
    assert codes == {inner: 0 if inner in compatible else 403 for inner in codes}
    assert {*leaks} == compatible


async def _code(client: TurnClient, inner: str) -> int:
    try:
        await client.permit((ip_address(inner), 53))
    except TurnRefused as refused:
        return refused.code
    return 0


def _now_login() -> tuple[str, str]:
    return login(int(time.time()) + 600)


async def test_address_on_the_internet_may_be_asked_for(relay: Relay) -> None:
    async with turn_client(relay.ways[0], _now_login()) as client:
        await client.allocate()
        await client.permit((ip_address("1.1.1.1"), 53))


async def test_other_secret_is_told_from_a_clock_that_is_wrong(relay: Relay) -> None:
    now, way = int(time.time()), relay.ways[0]
    other = partial(turn_login, "another secret", "a-test")

    assert await try_way(way, other, now=now) == (Fault.OTHER_SECRET, 401)
    assert await try_way(way, login, now=now - 3600) == (Fault.CLOCK, 401)
    assert await try_way(way, login, now=now - 500) == (None, 0)


async def test_closed_port_silent_port_and_bad_certificate_are_told_apart(relay: Relay) -> None:
    now = int(time.time())
    nobody = [RelayUrl(host=HOST, port=free_port(), transport=transport) for transport in Transport]
    with _silent_port() as port:
        silent = RelayUrl(host=HOST, port=port, transport=Transport.UDP)
        outcomes = await asyncio.gather(
            *(try_way(way, login, now=now) for way in (*nobody, silent, relay.ways[2]))
        )

    told = [fault for fault, _ in outcomes]
    assert told == [Fault.CLOSED] * 3 + [Fault.SILENT, Fault.CERTIFICATE]


async def test_relay_that_leads_inside_is_called_a_danger() -> None:
    with running_coturn(without="denied-peer-ip") as relay:
        found = (await _looks(relay))[-1]

    assert not found.good
    assert not found.harmless
    assert found.sentence.startswith("DANGER")
    assert "127.0.0.1" in found.sentence
    assert "169.254.169.254" in found.sentence


async def test_relay_that_asks_for_no_credentials_is_called_a_danger() -> None:
    with running_coturn("no-auth", without="auth-secret") as relay:
        found = await _looks(relay)

    assert [one.sentence.startswith("DANGER") for one in found[:3]] == [True] * 3


async def test_relay_that_denies_its_own_address_is_explained() -> None:
    with running_coturn(without="allowed-peer-ip") as relay:
        found = await try_way(relay.ways[0], login, now=int(time.time()))

    assert found == (Fault.SELF_DENIED, 0)


class Command:
    """The command line in this very process, as a person would start it."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.setenv("TWEESPRAAK_DATA_DIR", str(folder))
        monkeypatch.setenv("COLUMNS", "400")

    def __call__(self, *words: str, **settings: str) -> tuple[int, str, str]:
        """The exit code, what was printed, and what was complained of."""
        for name, value in settings.items():
            self._monkeypatch.setenv(f"TWEESPRAAK_{name.upper()}", value)
        self._monkeypatch.setattr(sys, "argv", ["tweespraak", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    return Command(monkeypatch, capsys, tmp_path)


def test_doctor_tries_the_relay_and_names_what_is_wrong(
    relay: Relay, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(relay.certificate))
    _, good, complaint = command("doctor", turn_urls=",".join(relay.urls), turn_secret=SECRET)
    code, bad, _ = command("doctor", turn_secret="another")

    assert good.count(" relays") == 3, good
    assert f"all {len(INNER)} refused" in good
    assert bad.count("TWEESPRAAK_TURN_SECRET") == 3
    assert code == 1
    assert SECRET not in good + complaint


def test_turn_config_writes_once_for_its_owner_only_and_never_shows_the_secret(
    command: Command, tmp_path: Path
) -> None:
    file, older, newer = tmp_path / "turnserver.conf", "s" * 40, "t" * 40
    write = ("turn-config", "--out", str(file))
    first = command(*write, turn_urls="turns:turn.example.nl:443", turn_secret=older)
    kept = file.read_text()
    again = command(*write)
    forced = command(*write, "--force", turn_secret=newer)
    shown = command("turn-config")

    assert [one[0] for one in (first, again, forced, shown)] == [0, 2, 0, 0]
    assert f"static-auth-secret={older}\n" in kept
    assert "--force" in again[2]
    assert newer in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert "realm=turn.example.nl" in shown[1]
    said = "".join(text for one in (first, again, forced, shown) for text in one[1:])
    assert older not in said
    assert newer not in said
    assert [*tmp_path.iterdir()] == [file]


def test_turn_config_without_a_relay_says_which_setting_is_missing(command: Command) -> None:
    code, printed, complaint = command("turn-config")

    assert code == 2
    assert not printed
    assert "TWEESPRAAK_TURN_URLS" in complaint
    assert complaint.count("\n") == 1
