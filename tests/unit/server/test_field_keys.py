"""Keys of sealed fields (security.md 2.10): in a file that the secret opens, and replaced."""

import os
import stat
from pathlib import Path

import pytest

from server.field_keys import FILE, key_name
from server.secrets import InstallSecret, load_or_make_secret

pytestmark = pytest.mark.unit


def kept(folder: Path) -> InstallSecret:
    return load_or_make_secret(folder)


def test_field_that_was_sealed_before_the_first_key_stays_readable(tmp_path: Path) -> None:
    secret = kept(tmp_path)
    assert secret.field_keys is not None
    old = secret.seal("oud", bound_to="row:1")

    name = secret.field_keys.add()
    new = secret.seal("nieuw", bound_to="row:2")

    assert (key_name(old), key_name(new)) == ("", name)
    assert secret.unseal(old, bound_to="row:1") == "oud"
    assert secret.unseal(new, bound_to="row:2") == "nieuw"


def test_key_of_another_process_is_known_at_once(tmp_path: Path) -> None:
    here, there = kept(tmp_path), kept(tmp_path)
    assert here.field_keys is not None
    assert there.field_keys is not None

    for _ in range(3):
        there.field_keys.add()
        sealed = there.seal("x", bound_to="row:1")
        assert here.unseal(sealed, bound_to="row:1") == "x"
        assert key_name(here.seal("y", bound_to="row:2")) == key_name(sealed)


def test_only_named_keys_and_the_newest_are_kept_and_only_their_owner_reads_them(
    tmp_path: Path,
) -> None:
    keys = kept(tmp_path).field_keys
    assert keys is not None
    first, second, third = keys.add(), keys.add(), keys.add()

    keys.keep({first})

    assert [keys.of(name) is None for name in (first, second, third)] == [False, True, False]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o400
    assert {one.name for one in tmp_path.iterdir()} == {"secret", FILE}


def test_keys_are_changed_by_one_at_a_time(tmp_path: Path) -> None:
    here, there = kept(tmp_path).field_keys, kept(tmp_path).field_keys
    assert here is not None
    assert there is not None

    with here.alone(), pytest.raises(ValueError, match="somebody else"), there.alone():
        pass
    with there.alone():
        name = there.add()

    assert here.of(name) is not None


def test_file_belongs_to_the_owner_of_the_folder_also_when_root_writes_it(tmp_path: Path) -> None:
    keys = kept(tmp_path).field_keys
    assert keys is not None
    if os.geteuid() == 0:
        os.chown(tmp_path, 12345, 12345)

    keys.add()

    assert (tmp_path / FILE).stat().st_uid == tmp_path.stat().st_uid


def test_file_without_its_secret_opens_nothing(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    secret = kept(mine)
    assert secret.field_keys is not None
    secret.field_keys.add()
    kept(other)
    (other / FILE).write_bytes((mine / FILE).read_bytes())

    with pytest.raises(ValueError, match="restore it from your backup"):
        kept(other).seal("x", bound_to="row:1")


def test_field_whose_key_is_gone_is_not_read(tmp_path: Path) -> None:
    secret = kept(tmp_path)
    assert secret.field_keys is not None
    secret.field_keys.add()
    sealed = secret.seal("x", bound_to="row:1")
    (tmp_path / FILE).unlink()

    with pytest.raises(ValueError, match="not here"):
        secret.unseal(sealed, bound_to="row:1")


def test_swapped_and_changed_fields_are_all_detected(tmp_path: Path) -> None:
    secret = kept(tmp_path)
    assert secret.field_keys is not None
    secret.field_keys.add()
    sealed = [secret.seal(f"geheim {n}", bound_to=f"row:{n}") for n in range(1000)]
    found = 0

    for number, text in enumerate(sealed):
        place = number % len(text)
        flipped = text[:place] + bytes([text[place] ^ (1 << number % 8)]) + text[place + 1 :]
        for bad, row in ((text, (number + 1) % 1000), (flipped, number)):
            with pytest.raises(ValueError, match="sealed"):
                secret.unseal(bad, bound_to=f"row:{row}")
            found += 1

    assert found == 2000
