"""The sync process, for tests that kill it: database address, secret file, now, address."""

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from server.config import Settings
from server.jobs.sync import run_sync
from server.secrets import InstallSecret
from server.store.database import Database
from server.usecases.context import Parts


async def main(url: str, key: bytes, now: str, public_url: str) -> None:
    moment = datetime.fromisoformat(now)
    parts = Parts(
        settings=Settings(
            public_url=public_url,
            smtp_port=1,
            allow_private_hosts=("127.0.0.1",),
            worker_poll_seconds=0.05,
        ),
        database=Database(url),
        secret=InstallSecret(key),
        now=lambda: moment,
    )
    await run_sync(parts, asyncio.Event())


if __name__ == "__main__":
    database_url, secret_file, *rest = sys.argv[1:]
    asyncio.run(main(database_url, bytes.fromhex(Path(secret_file).read_text()), *rest))
