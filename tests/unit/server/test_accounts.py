import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from coaching.errors import BadInput, Conflict, NotAllowed, TweespraakError, Unavailable
from coaching.words import StaffRole
from server.store.schema import idempotency
from server.usecases import passwords
from server.usecases.accounts import (
    actor_behind,
    create_demo_link,
    create_login_link,
    create_login_link_for,
    name_behind_link,
    sign_in,
    sign_in_by_link,
    sign_out,
)
from server.usecases.context import Parts, StaffActor
from server.usecases.passwords import check_password
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract

PASSWORD = "een-lange-zin-over-fietsen"


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2id that costs little, for what tries a dozen passwords; others pay the whole price."""
    passwords._nobodys_hash.cache_clear()
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64))
    yield
    passwords._nobodys_hash.cache_clear()


async def attempt(parts: Parts, email: str, password: str, *, address: str = "192.0.2.1") -> str:
    try:
        await sign_in(parts, email, password, address=address, now=parts.now())
    except TweespraakError as error:
        return error.code
    return "in"


async def test_the_right_password_gives_a_session(house: House, parts: Parts) -> None:
    made = await house.staff(StaffRole.COACH, email="Coach@Example.org", password=PASSWORD)

    session = await sign_in(
        parts, " coach@EXAMPLE.org ", PASSWORD, address="192.0.2.1", now=parts.now()
    )

    actor = await actor_behind(parts, session, now=parts.now())
    assert isinstance(actor, StaffActor)
    assert (actor.id, actor.roles) == (made.id, made.roles)
    device = await sign_out(parts, session)
    assert device == actor.device
    assert await actor_behind(parts, session, now=parts.now()) is None
    assert await sign_out(parts, session) is None


async def test_unknown_and_wrong_are_told_apart_by_nobody(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    await sqlite_house.staff(StaffRole.COACH, email="a@example.org", password=PASSWORD)
    await sqlite_house.staff(StaffRole.COACH, email="b@example.org")

    codes = [
        await attempt(sqlite_parts, email, "iets heel anders")
        for email in ("a@example.org", "b@example.org", "nobody@example.org", "", "\ud800")
    ]

    assert set(codes) == {"sign_in_failed"}


@pytest.mark.usefixtures("quick_hashes")
async def test_ten_failures_block_the_account_from_everywhere(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    await sqlite_house.staff(StaffRole.COACH, email="a@example.org", password=PASSWORD)

    codes = [
        await attempt(sqlite_parts, "a@example.org", "x", address=f"192.0.2.{n}") for n in range(10)
    ]
    codes.append(await attempt(sqlite_parts, "a@example.org", PASSWORD, address="198.51.100.1"))
    clock.forward(minutes=31)
    codes.append(await attempt(sqlite_parts, "a@example.org", PASSWORD, address="198.51.100.1"))

    assert codes == ["sign_in_failed"] * 10 + ["sign_in_throttled", "in"]


@pytest.mark.usefixtures("quick_hashes")
async def test_a_stranger_shuts_nobody_out_where_they_signed_in_before(
    house: House, parts: Parts, clock: Clock
) -> None:
    made = await house.staff(StaffRole.COACH, email="a@example.org", password=PASSWORD)
    desk, home, cafe = "192.0.2.1", "2001:db8::1", "198.51.100.1"
    assert await attempt(parts, "a@example.org", PASSWORD, address=desk) == "in"
    link = await create_login_link(parts, made.id, now=clock())
    await sign_in_by_link(parts, link, address=home, now=clock())

    async def strangers() -> set[str]:
        return {
            await attempt(parts, "a@example.org", "x", address=f"10.0.0.{n}") for n in range(11)
        }

    assert await strangers() == {"sign_in_failed", "sign_in_throttled"}
    tries = [await attempt(parts, "a@example.org", PASSWORD, address=one) for one in (desk, cafe)]
    assert tries == ["in", "sign_in_throttled"]
    assert await attempt(parts, "a@example.org", PASSWORD, address="2001:db8::2") == "in"
    at_desk = [await attempt(parts, "a@example.org", "x", address=desk) for _ in range(11)]
    assert at_desk == ["sign_in_failed"] * 10 + ["sign_in_throttled"]

    clock.forward(days=31)
    await strangers()
    assert await attempt(parts, "a@example.org", PASSWORD, address=home) == "sign_in_throttled"


@pytest.mark.usefixtures("quick_hashes")
async def test_ten_failures_at_once_are_counted_as_ten(house: House, parts: Parts) -> None:
    await house.staff(StaffRole.COACH, email="a@example.org", password=PASSWORD)
    for n in range(7):
        await attempt(parts, "a@example.org", "x", address=f"10.0.0.{n}")

    codes = await asyncio.gather(
        *(attempt(parts, "a@example.org", "x", address=f"10.0.1.{n}") for n in range(9))
    )

    assert Counter(codes) == {"sign_in_failed": 3, "sign_in_throttled": 6}


@pytest.mark.usefixtures("quick_hashes")
async def test_one_ipv6_line_is_one_address(sqlite_parts: Parts) -> None:
    codes = [
        await attempt(sqlite_parts, f"{n}@example.org", "x", address=f"2001:db8::{n:x}")
        for n in range(11)
    ]

    assert codes[-1] == "sign_in_throttled"


@pytest.mark.usefixtures("quick_hashes")
async def test_signing_in_well_counts_no_failure(sqlite_house: House, sqlite_parts: Parts) -> None:
    await sqlite_house.staff(StaffRole.COACH, email="a@example.org", password=PASSWORD)

    codes = {await attempt(sqlite_parts, "a@example.org", PASSWORD) for _ in range(12)}

    assert codes == {"in"}


async def test_a_session_ends_after_half_an_hour_of_rest_and_after_twelve_hours(
    house: House, parts: Parts, clock: Clock
) -> None:
    made = await house.coach()
    token = await create_login_link(parts, made.id, now=clock())
    session = await sign_in_by_link(parts, token, now=clock())

    for _ in range(24):
        clock.forward(minutes=29)
        assert await actor_behind(parts, session, now=clock())
    assert await actor_behind(parts, session, now=clock() + timedelta(minutes=24)) is None
    other = await sign_in_by_link(
        parts, await create_login_link(parts, made.id, now=clock()), now=clock()
    )
    assert await actor_behind(parts, other, now=clock() + timedelta(minutes=30)) is None


async def test_a_sign_in_link_names_its_person_for_half_an_hour(
    house: House, parts: Parts, clock: Clock
) -> None:
    made = await house.staff(StaffRole.PLANNER, name="Femke de Boer")
    token = await create_login_link(parts, made.id, now=clock())

    assert await name_behind_link(parts, token, now=clock()) == "Femke"
    clock.forward(minutes=30)
    assert await name_behind_link(parts, token, now=clock()) is None
    with pytest.raises(NotAllowed) as refused:
        await sign_in_by_link(parts, token, now=clock())
    assert refused.value.code == "link_unknown"


async def test_a_sign_in_link_opens_once_also_when_two_press_at_once(
    house: House, parts: Parts
) -> None:
    made = await house.staff(StaffRole.PLANNER)
    token = await create_login_link(parts, made.id, now=parts.now())
    assert await name_behind_link(parts, token, now=parts.now())  # as often as it is only read

    came = await asyncio.gather(
        *(sign_in_by_link(parts, token, now=parts.now()) for _ in range(3)), return_exceptions=True
    )

    refused = [one for one in came if isinstance(one, NotAllowed)]
    assert [one.code for one in refused] == ["link_unknown"] * 2
    assert sum(isinstance(one, str) for one in came) == 1
    assert await name_behind_link(parts, token, now=parts.now()) is None


async def test_a_link_of_the_demo_opens_often_and_nowhere_else(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    made = await sqlite_house.staff(StaffRole.PLANNER)
    demo = replace(sqlite_parts, settings=replace(sqlite_parts.settings, demo=True))
    token = await create_demo_link(demo, made.id, now=clock())

    for _ in range(2):
        clock.forward(hours=11)
        assert await sign_in_by_link(demo, token, now=clock())
    with pytest.raises(NotAllowed, match="link_unknown"):
        await sign_in_by_link(sqlite_parts, token, now=clock())
    clock.forward(hours=2)
    with pytest.raises(NotAllowed, match="link_unknown"):
        await sign_in_by_link(demo, token, now=clock())


async def test_a_link_is_made_for_who_is_on_the_staff_only(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    await sqlite_house.staff(StaffRole.COACH, name="Femke de Boer", email="a@example.org")
    now = sqlite_parts.now()

    token = await create_login_link_for(sqlite_parts, " A@Example.org", now=now)

    assert await name_behind_link(sqlite_parts, token, now=now) == "Femke"
    for nobody in ("b@example.org", "no address"):
        with pytest.raises(BadInput, match="staff_unknown"):
            await create_login_link_for(sqlite_parts, nobody, now=now)


async def test_answers_of_forms_are_forgotten_after_a_day(
    house: House, parts: Parts, clock: Clock
) -> None:
    await house.candidate()
    made = await house.staff(StaffRole.PLANNER)

    for hours, left in ((23, 1), (2, 0)):
        clock.forward(hours=hours)
        token = await create_login_link(parts, made.id, now=clock())
        await sign_in_by_link(parts, token, now=clock())
        async with parts.database.read() as tx:
            assert await tx.scalar(select(func.count()).select_from(idempotency)) == left


async def test_an_address_is_used_once(house: House) -> None:
    await house.staff(StaffRole.COACH, email="a@example.org")

    with pytest.raises(Conflict) as refused:
        await house.staff(StaffRole.COACH, email="A@example.org")
    assert refused.value.code == "email_taken"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("elf tekens!", "password_short"),
        ("x" * 129, "password_long"),
        ("aaaaaaaaaaaaa", "password_common"),
        ("abababababab", "password_common"),
        ("Wachtwoord123", "password_common"),
        ("Welkom2027!!!", "password_common"),
        ("123456789012", "password_common"),
        ("qwertyuiopas", "password_common"),
        ("Jansen-Jansen-1", "password_common"),
    ],
)
def test_a_weak_password_is_refused(password: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_password(password, words=("Piet", "Jansen"))
    assert refused.value.code == code


@pytest.mark.parametrize("password", [PASSWORD, "kR7#vQ2m!pZ9x", "fiets appel wolk tafel"])
def test_a_strong_password_is_taken(password: str) -> None:
    check_password(password, words=("Piet", "Jansen"))


async def test_a_rush_of_sign_ins_is_served(sqlite_house: House, sqlite_parts: Parts) -> None:
    await sqlite_house.staff(StaffRole.COACH, email="a@example.org", password=PASSWORD)

    codes = await asyncio.gather(
        *(attempt(sqlite_parts, "a@example.org", PASSWORD) for _ in range(6))
    )

    assert set(codes) == {"in"}


@pytest.mark.usefixtures("quick_hashes")
async def test_a_throttled_person_may_try_again_later(sqlite_parts: Parts) -> None:
    for _ in range(10):
        await attempt(sqlite_parts, "a@example.org", "x")

    with pytest.raises(Unavailable) as refused:
        await sign_in(
            sqlite_parts, "a@example.org", "x", address="192.0.2.1", now=sqlite_parts.now()
        )
    assert refused.value.retry
