"""What counts as one address when attempts are counted."""

import pytest

from server.usecases.throttle import block_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::2", "2001:db8::/64"),
        ("", "unknown"),
    ],
)
def test_one_line_counts_as_one_address(address: str, block: str) -> None:
    assert block_of(address) == block
