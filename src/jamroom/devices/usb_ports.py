"""Which of two equal controllers is it? What Linux knows of the thing behind a MIDI port.

Best is the serial number that a USB device gives itself; many give none, or all the same one. Next
is the socket it is plugged into, hub by hub ("1-1.2"). ALSA's sequencer numbers its clients by
sound card: four for each, from 16 on (`include/sound/seq_kernel.h` of the kernel).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path

from jamroom.devices.port_names import clean_name, undirected

_FIRST_CARD_CLIENT = 16
_CLIENTS_PER_CARD = 4
_FIRST_PROGRAM_CLIENT = 128
_CLIENT_NUMBERS = (
    re.compile(r"\s(\d+):\d+$"),  # ALSA: "Pad:Pad MIDI 1 20:0"
    re.compile(r"\[(\d+)\]"),  # a2jmidid: "a2j:Pad [20] (capture): Pad MIDI 1"
    re.compile(r"client_(\d+)"),  # PipeWire: "alsa:seq:default:client_20:capture_0"
)
_USB_INTERFACE = re.compile(r"^(\d+-[\d.]+):\d+\.\d+$")


def evidence(port_name: str, aliases: Sequence[str] = (), sysfs: Path = Path("/sys")) -> list[str]:
    """What tells the device behind a port from another of its kind, best first; may be empty.

    Never raises: what cannot be read is no evidence.
    """
    for text in (port_name, *aliases):
        for pattern in _CLIENT_NUMBERS:
            if found := pattern.search(text):
                with contextlib.suppress(OSError, ValueError):
                    if told := of_client(int(found[1]), sysfs):
                        return told
    plain = (alias for alias in aliases if not any(p.search(alias) for p in _CLIENT_NUMBERS))
    return [f"alias:{undirected(alias)}" for alias in plain]


def of_client(client: int, sysfs: Path) -> list[str]:
    """What sysfs tells of an ALSA sequencer client. Raises OSError."""
    if not _FIRST_CARD_CLIENT <= client < _FIRST_PROGRAM_CLIENT:
        return []
    card = (client - _FIRST_CARD_CLIENT) // _CLIENTS_PER_CARD
    place = (sysfs / "class" / "sound" / f"card{card}" / "device").resolve(strict=True)
    interface = _USB_INTERFACE.match(place.name)
    if not interface:
        return [f"place:{place.name}"]
    told = [f"usb-socket:{interface[1]}"]
    serial = _read(place.parent / "serial")
    if serial:
        kind = f"{_read(place.parent / 'idVendor')}:{_read(place.parent / 'idProduct')}"
        told.insert(0, f"usb-serial:{kind}:{serial}")
    return told


def _read(path: Path) -> str:
    try:
        return clean_name(path.read_text(errors="replace"))
    except OSError:
        return ""
