"""Asked twice, done once."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from server.store import keys
from server.store.database import Tx
from server.usecases.context import Parts


async def once(
    parts: Parts,
    asked: keys.KeyedRequest,
    work: Callable[[Tx], Awaitable[keys.Answer]],
    *,
    now: datetime,
) -> keys.Answer:
    """Do the work and keep its answer in one transaction, or give the answer it had before.

    Raises:
        BadInput: `key_reused`; or whatever `work` raises. Then nothing is kept.
    """

    async def whole(tx: Tx) -> keys.Answer:
        given = await keys.answer_given(tx, asked)
        if given is not None:
            return given
        answer = await work(tx)
        await keys.keep_answer(tx, asked, answer, now=now)
        return answer

    return await parts.database.run(whole)
