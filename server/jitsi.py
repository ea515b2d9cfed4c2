"""Jitsi as the engine of this installation, when it is switched on; its key stands in data_dir."""

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from server.config import BadSetting, Settings
from server.secrets import InstallSecret
from signaling.jitsi import JitsiEngine

KEY_NAME: Final = "jitsi-key.pem"
_BITS: Final = 3072
_EXPONENT: Final = 65537


def jitsi_engine(settings: Settings, secret: InstallSecret) -> JitsiEngine | None:
    """The operator's Jitsi; None when talks go from browser to browser.

    Raises:
        BadSetting: the key in data_dir cannot be read.
    """
    if not settings.jitsi_host:
        return None
    return JitsiEngine(
        host=settings.jitsi_host,
        app_id=settings.jitsi_app_id,
        key=_load_or_make_key(settings.data_dir / KEY_NAME),
        room_key=secret.derive("jitsi"),
    )


def _load_or_make_key(path: Path) -> rsa.RSAPrivateKey:
    if not path.exists():
        _make_key(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise BadSetting(f"{path} holds no RSA key; remove it, and a new one is made")
    return key


def _make_key(path: Path) -> None:
    """Several processes may start at once: the first key stays."""
    key = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_BITS)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    finally:
        own.unlink()
