"""Ports for the parts of an installation: nobody else may stand on one before its server does."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from server.demo.installation import free_port

pytestmark = pytest.mark.house
ROOT = Path(__file__).resolve().parents[2]
ASK = "from server.demo.installation import free_port; print(*[free_port() for _ in range(400)])"
FIRST_GIVEN_TO_ANYBODY = 16_000  # by gVisor; Linux: 32768, RFC 6335 6: 49152


def test_two_processes_are_never_given_one_port() -> None:
    ours = [free_port() for _ in range(400)]
    theirs = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert len({*ours, *map(int, theirs.stdout.split())}) == 800
    assert max(ours) < FIRST_GIVEN_TO_ANYBODY


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_taken_port_is_not_given(kind: socket.SocketKind) -> None:
    wanted = free_port()
    with socket.socket(type=kind) as other:
        other.bind(("127.0.0.1", wanted))

        assert free_port(rather=wanted) != wanted


def test_the_port_asked_for_is_given_when_it_is_free() -> None:
    wanted = free_port()

    assert free_port(rather=wanted) == wanted
