"""A real IMAP server (Dovecot) for tests, on free ports, without rights of its own."""

import contextlib
import getpass
import grp
import imaplib
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server.demo.installation import free_port
from tests.servers import await_port, needed, stop

USER, PASSWORD = "planning", "a-password-of-tests"
_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
default_vsz_limit = 0
passdb {{
  driver = static
  args = user={name} password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapServer:
    """Where it stands; its certificate is one that nobody vouches for."""

    port: int
    tls_port: int
    folder: Path

    @contextlib.contextmanager
    def opened(self) -> Iterator[imaplib.IMAP4]:
        """Somebody else's connection to the same mailbox."""
        server = imaplib.IMAP4("127.0.0.1", self.port, timeout=180)
        server.login(USER, PASSWORD)
        server.select()
        try:
            yield server
        finally:
            server.logout()

    def put(self, raw: bytes, folder: str = "INBOX") -> None:
        """Let a mail arrive."""
        with self.opened() as server:
            status, said = server.append(folder, "", "", raw)
        assert status == "OK", said

    def flags(self) -> list[bytes]:
        """What is marked on the mails that lie there."""
        with self.opened() as server:
            return [bytes(one) for one in server.fetch("1:*", "(FLAGS)")[1] if one]

    def make_folder(self, folder: str) -> None:
        """An empty folder; one of that name goes, and its numbers with it (a new UIDVALIDITY)."""
        with self.opened() as server:
            server.delete(folder)
            assert server.create(folder)[0] == "OK"


@contextlib.contextmanager
def dovecot() -> Iterator[ImapServer]:
    """Dovecot with one empty mailbox."""
    program = needed("dovecot", package="dovecot-imapd")
    with tempfile.TemporaryDirectory(prefix="tweespraak-dovecot-") as name:
        folder = Path(name)
        server = ImapServer(port=free_port(), tls_port=free_port(), folder=folder)
        _write(server)
        root = os.geteuid() == 0
        process = subprocess.Popen(
            [program, "-F", "-c", folder / "dovecot.conf"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user="nobody" if root else None,
            group="nogroup" if root else None,
            extra_groups=[] if root else None,
        )
        try:
            await_port(server.port, process)
            yield server
        finally:
            stop(process)


def _write(server: ImapServer) -> None:
    folder = server.folder
    root = os.geteuid() == 0
    user = "nobody" if root else getpass.getuser()
    group = "nogroup" if root else _group(user)
    text = _CONFIG.format(
        folder=folder,
        user=user,
        group=group,
        name=USER,
        password=PASSWORD,
        port=server.port,
        tls_port=server.tls_port,
    )
    (folder / "dovecot.conf").write_text(text)
    made = f"req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {folder}/key.pem"
    subprocess.run(
        ["openssl", *made.split(), "-out", folder / "certificate.pem", "-subj", "/CN=localhost"],
        check=True,
        capture_output=True,
    )
    if root:
        for path in (folder, *folder.iterdir()):
            os.chown(path, pwd.getpwnam("nobody").pw_uid, -1)


def _group(user: str) -> str:
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
