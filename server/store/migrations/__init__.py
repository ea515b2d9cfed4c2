"""Alembic migrations, for both databases; run by `server.store.migrate`."""
