"""A card or server that was not there when the room opened is taken when it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np
import pytest

from jamroom.engine.host_jack import JackHost
from jamroom.engine.host_null import NullHost
from jamroom.engine.microphone import Microphone
from jamroom.host_keeper import HostKeeper
from real_jack import JackServer

PATIENCE_S = 30.0


async def until(seen: Callable[[], bool]) -> None:
    async def look() -> None:
        while not seen():
            await asyncio.sleep(0.02)

    await asyncio.wait_for(look(), PATIENCE_S)


@pytest.mark.jack
async def test_a_server_that_comes_later_is_taken(
    jack_server: JackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "jamroom-nobody")
    keeper = HostKeeper("auto", 48_000)
    if not isinstance(keeper.host, NullHost):
        keeper.stop()
        pytest.skip("this machine has a sound card")
    said: list[str] = []
    keeper.start(lambda: np.zeros((64, 2), np.float32), said.append, lambda: None)
    minding = asyncio.create_task(keeper.mind())
    try:
        monkeypatch.setenv("JACK_DEFAULT_SERVER", jack_server.name)
        await until(lambda: any("is back" in line for line in said))
        assert isinstance(keeper.host, JackHost)
        assert keeper.host.alive()
    finally:
        minding.cancel()
        keeper.stop()


async def test_without_a_card_a_microphone_is_refused_and_not_asked_for_again() -> None:
    keeper = HostKeeper("null", 48_000)
    keeper.microphone = Microphone(48_000, 1.0)
    wanted = [True]
    refused = asyncio.Event()

    def refuse() -> None:
        wanted[0] = False
        refused.set()

    keeper.microphone_wanted = lambda: wanted[0]
    keeper.microphone_refused = refuse
    said: list[str] = []
    keeper.start(lambda: np.zeros((64, 2), np.float32), said.append, lambda: None)
    try:
        keeper.mind_microphone()
        assert refused.is_set()
        assert len(said) == 1
        keeper.mind_microphone()
        assert len(said) == 1
    finally:
        keeper.stop()
