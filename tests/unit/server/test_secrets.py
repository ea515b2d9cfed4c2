import stat
from pathlib import Path
from uuid import UUID

import pytest

from server.secrets import InstallSecret, load_or_make_secret, token_mark

pytestmark = pytest.mark.unit

SECRET = InstallSecret(bytes(range(32)))


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made = load_or_make_secret(tmp_path / "data")

    assert load_or_make_secret(tmp_path / "data") == made
    assert stat.S_IMODE((tmp_path / "data" / "secret").stat().st_mode) == 0o400


def test_a_damaged_secret_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"short")

    with pytest.raises(ValueError, match="restore it from your backup"):
        load_or_make_secret(tmp_path)


def test_a_sealed_field_opens_only_for_its_own_row() -> None:
    sealed = SECRET.seal("geheim", bound_to="row:1")

    assert SECRET.unseal(sealed, bound_to="row:1") == "geheim"
    with pytest.raises(ValueError, match="does not belong"):
        SECRET.unseal(sealed, bound_to="row:2")
    with pytest.raises(ValueError, match="does not belong"):
        SECRET.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), bound_to="row:1")


def test_an_invitation_has_the_same_token_each_time_and_another_for_each() -> None:
    one, other = UUID(int=1), UUID(int=2)

    assert SECRET.invitation_token(one) == SECRET.invitation_token(one)
    assert SECRET.invitation_token(one) != SECRET.invitation_token(other)
    assert len(SECRET.invitation_token(one)) == 43


def test_uses_have_keys_of_their_own_and_the_secret_does_not_show() -> None:
    assert SECRET.derive("seat") != SECRET.derive("field")
    assert "key" not in repr(SECRET)
    assert token_mark("token") == "3c469e9d"
