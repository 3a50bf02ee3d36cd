"""A JACK server for tests that need a real one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from real_jack import JackServer


@pytest.fixture(scope="session")
def jackd() -> Iterator[JackServer]:
    """The server of the whole run; it is started by the first test that needs it."""
    if shutil.which("jackd") is None or shutil.which("jack_wait") is None:
        pytest.skip("jackd is missing (on Debian and Ubuntu: apt install jackd2)")
    server = JackServer()
    yield server
    server.down()


@pytest.fixture
def jack_server(jackd: JackServer) -> JackServer:
    """A JACK server that runs, whatever the test before did to it."""
    jackd.up()
    return jackd


@pytest.fixture
def no_jack_server(jackd: JackServer) -> JackServer:
    """A machine whose JACK server does not run (yet: `up` starts it)."""
    jackd.down()
    return jackd
