"""One installation with a browser for all tests of the house that look at pages in one."""

from tests.journeys.conftest import before, chromium, installation

__all__ = ["before", "chromium", "installation"]
