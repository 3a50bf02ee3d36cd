"""Which source and which destination are the two ends of one device. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from jamroom.devices.midi_system import Port
from jamroom.devices.port_names import client_of, is_ours_or_loop, undirected


class Unit(msgspec.Struct, frozen=True):
    """A device's port that sends, its port that takes, or both. `key` is unique while it is here.

    It may be another device's later: keys come from names, and those are given anew.
    """

    key: str
    source: Port | None
    destination: Port | None

    @property
    def port(self) -> Port:
        """The port that it is named after."""
        port = self.source or self.destination
        assert port is not None
        return port

    @property
    def aliases(self) -> tuple[str, ...]:
        """All that a JACK server calls it by."""
        ends = (end for end in (self.source, self.destination) if end)
        return tuple(alias for end in ends for alias in end.aliases)


def find_units(sources: Iterable[Port], destinations: Iterable[Port]) -> list[Unit]:
    """The devices behind these ports, without ours and without those that only lead back.

    Two ports are of one device when their names differ in nothing but words for a direction, or
    when they are the only ones of their client. The others stand alone.
    """
    sending, taking = _keyed(sources), _keyed(destinations)
    partners = {key: key for key in sending if key in taking}
    lone_out = _only_of_client({k: p for k, p in sending.items() if k not in partners})
    lone_in = _only_of_client({k: p for k, p in taking.items() if k not in partners})
    partners |= {key: lone_in[client] for client, key in lone_out.items() if client in lone_in}
    units = [Unit(key, port, taking.get(partners.get(key, ""))) for key, port in sending.items()]
    alone = (key for key in taking if key not in partners.values())
    return [*units, *(Unit(f"to {key}", None, taking[key]) for key in alone)]


def _keyed(ports: Iterable[Port]) -> dict[str, Port]:
    """By what is the same in both directions; a number where several have nothing else apart."""
    keyed: dict[str, Port] = {}
    for port in ports:
        if is_ours_or_loop(port.name):
            continue
        # jackd counts its sources and its destinations separately: only the alias tells
        hardware = port.aliases[0] if port.name.startswith("system:") and port.aliases else ""
        plain = key = undirected(hardware or port.name)
        number = 1
        while key in keyed:
            number += 1
            key = f"{plain} #{number}"
        keyed[key] = port
    return keyed


def _only_of_client(ports: dict[str, Port]) -> dict[str, str]:
    """Client to key, for the clients that have one port here."""
    counts: dict[str, list[str]] = {}
    for key, port in ports.items():
        counts.setdefault(client_of(port.name), []).append(key)
    return {client: keys[0] for client, keys in counts.items() if len(keys) == 1}
