"""Every SQL statement is compiled once for all tests, not once for the database of each test.

An installation compiles a statement when it is first used, and keeps it as long as it runs; a test
has a fresh database, so most of its time went into compiling the same statements again.
"""

from typing import Any

from sqlalchemy import Connection, Engine, event


class Statements(dict[Any, Any]):
    """Compiled statements by the kind of database, where SQLAlchemy asks by the very engine."""

    def get(self, key: Any, default: Any = None) -> Any:  # noqa: ANN401 -- SQLAlchemy's keys
        return super().get(_for_all(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:  # noqa: ANN401 -- SQLAlchemy's keys
        super().__setitem__(_for_all(key), value)


_statements = Statements()


def _for_all(key: Any) -> Any:  # noqa: ANN401 -- SQLAlchemy's keys
    dialect, *rest = key
    return (type(dialect), *rest)


@event.listens_for(Engine, "engine_connect")
def _share(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_statements)
