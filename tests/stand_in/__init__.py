"""A fast CalDAV server in memory that fails as asked; `tests.stand_in_caldav` starts it."""
