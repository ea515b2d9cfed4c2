"""A real coturn with the configuration that `tweespraak turn-config` writes, on free ports.

It relays on 127.0.0.2, which is denied to everybody as an address of this machine, except that two
people who both relay meet there; so 127.0.0.1 can be tried as an inner address.
"""

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.demo.installation import free_port
from server.relay_check import installed_version
from server.relay_url import RelayUrl, parse_relay
from server.turn_config import RelayPlan, write_config
from server.turn_wire import REQUEST, Stun, write_stun
from tests.servers import await_port, needed, stop

HOST = "127.0.0.2"
SAFE_TO_TELL = {HOST, "0.0.0.0", "127.0.0.1"}  # noqa: S104 -- says nothing of where somebody is
SECRET = "made-up-for-tests-and-not-for-people"
_NOBODY = 65534
_PATIENCE = 180.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A coturn that answers."""

    urls: tuple[str, str, str]  # over UDP, TCP and TLS
    trust: ssl.SSLContext
    certificate: Path
    log: Path

    @property
    def ways(self) -> tuple[RelayUrl, ...]:
        """The same, taken apart."""
        return tuple(parse_relay(url) for url in self.urls)


@contextlib.contextmanager
def running_coturn(*more: str, without: str = "", secret: str = SECRET) -> Iterator[Relay]:
    """A coturn without rights of root; `more` lines are added, those with `without` left out."""
    program = needed("turnserver", package="coturn")
    plain, secure = free_port(), free_port()
    urls = (
        f"turn:{HOST}:{plain}?transport=udp",
        f"turn:{HOST}:{plain}?transport=tcp",
        f"turns:{HOST}:{secure}",
    )
    with tempfile.TemporaryDirectory(prefix="tweespraak-coturn-") as name:
        folder = Path(name)
        certificate, key = _certificate(folder)
        plan = RelayPlan(
            ways=tuple(parse_relay(url) for url in urls),
            secret=secret,
            certificate=str(certificate),
            key=str(key),
            own_address=ip_address(HOST),
            version=installed_version(),
        )
        lines = [*write_config(plan).splitlines(), "allow-loopback-peers", *more]
        kept = [line for line in lines if not without or without not in line]
        config = folder / "turnserver.conf"
        config.write_text("\n".join(kept) + "\n")
        with _started(program, folder, config, plain) as log:
            trust = ssl.create_default_context(cafile=certificate)
            yield Relay(urls=urls, trust=trust, certificate=certificate, log=log)


@contextlib.contextmanager
def _started(program: str, folder: Path, config: Path, port: int) -> Iterator[Path]:
    log = folder / "log"
    prefix: list[str] = []
    if os.geteuid() == 0:
        prefix = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
        for path in (folder, *folder.iterdir()):
            os.chown(path, _NOBODY, _NOBODY)
    words = ["-c", config, "-l", "stdout", "--pidfile", folder / "pid", "--userdb", folder / "db"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*prefix, program, *words], stdout=output, stderr=subprocess.STDOUT, cwd=folder
        )
        try:
            await_port(port, process, host=HOST)
            _await_datagrams(port)
            yield log
        finally:
            stop(process)
            if keep := os.environ.get("TWEESPRAAK_TEST_KEEP"):
                shutil.copy(log, keep)


def _await_datagrams(port: int) -> None:
    """Return when it answers datagrams too, which begins a moment after streams."""
    question = write_stun(Stun(method=1, kind=REQUEST, transaction=bytes(12)))
    until = time.monotonic() + _PATIENCE
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect((HOST, port))
        asking.settimeout(0.2)
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                asking.send(question)
                asking.recv(512)
                return
    raise AssertionError("coturn does not answer datagrams")


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for `HOST` that is its own authority, for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay of a test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "turn.pem", folder / "turn.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private
