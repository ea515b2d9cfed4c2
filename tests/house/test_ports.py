"""Ports for the parts of an installation: nobody else may stand on one before its server does."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from server.demo.installation import free_port

pytestmark = pytest.mark.house
ROOT = Path(__file__).resolve().parents[2]
ASK = """
from server.demo.installation import free_port
print(*[free_port() for _ in range(100)], flush=True)
input()  # a process keeps its ports until it ends
"""
FIRST_GIVEN_TO_ANYBODY = 16_000  # by gVisor; Linux: 32768, RFC 6335 6: 49152


def test_two_processes_are_never_given_one_port() -> None:
    with asking() as one, asking() as other:
        given = [*ports_of(one), *ports_of(other)]

    assert len(set(given)) == 200
    assert max(given) < FIRST_GIVEN_TO_ANYBODY


def asking() -> "subprocess.Popen[str]":
    """A process of its own; the many ports that it keeps would burden this one to its end."""
    command = [sys.executable, "-c", ASK]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def ports_of(process: "subprocess.Popen[str]") -> list[int]:
    assert process.stdout
    return [int(port) for port in process.stdout.readline().split()]


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_taken_port_is_not_given(kind: socket.SocketKind) -> None:
    wanted = free_port()
    with socket.socket(type=kind) as other:
        other.bind(("127.0.0.1", wanted))

        assert free_port(rather=wanted) != wanted


def test_the_port_asked_for_is_given_when_it_is_free() -> None:
    wanted = free_port()

    assert free_port(rather=wanted) == wanted
