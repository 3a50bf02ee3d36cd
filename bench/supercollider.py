"""scsynth as a peer: started on JACK, told by OSC to begin and end a tone.

It has no MIDI of its own. The probe sends it an OSC message from within the JACK cycle in which the
note lies; a MIDI language in between, as people use it, would only add to that.

Messages: OpenSound Control 1.0 (opensoundcontrol.stanford.edu/spec-1_0.html). Synth definitions:
SuperCollider, "Synth Definition File Format", version 2.
"""

from __future__ import annotations

import contextlib
import math
import shutil
import socket
import struct
from collections.abc import Iterator

from bench.jack_server import SAMPLE_RATE, Missing, running
from bench.probe import Probe, wait_until

_NODE = 1000
_TONE_HZ = 1000.0
_LEVEL = 0.5
_AUDIO, _SCALAR_INPUT = 2, -1
_MULTIPLY = 2
_HEAD, _IN_ROOT = 0, 0


def osc(address: str, *arguments: str | int | float | bytes) -> bytes:
    """One OSC message."""
    tags, data = ",", b""
    for argument in arguments:
        if isinstance(argument, bytes):
            tags += "b"
            data += struct.pack(">i", len(argument)) + argument + b"\0" * (-len(argument) % 4)
        elif isinstance(argument, str):
            tags += "s"
            data += _text(argument)
        elif isinstance(argument, int):
            tags += "i"
            data += struct.pack(">i", argument)
        else:
            tags += "f"
            data += struct.pack(">f", argument)
    return _text(address) + _text(tags) + data


def _text(words: str) -> bytes:
    raw = words.encode()
    return raw + b"\0" * (4 - len(raw) % 4)


def tone_definition() -> bytes:
    """A synth that sounds at full level from its first sample: a cosine of 1 kHz at -6 dBFS."""
    constants = (_TONE_HZ, math.pi / 2, _LEVEL, 0.0)
    units = [
        _unit("SinOsc", [(_SCALAR_INPUT, 0), (_SCALAR_INPUT, 1)], outputs=1),
        _unit("BinaryOpUGen", [(0, 0), (_SCALAR_INPUT, 2)], outputs=1, special=_MULTIPLY),
        _unit("Out", [(_SCALAR_INPUT, 3), (1, 0)], outputs=0),
    ]
    return (
        b"SCgf"
        + struct.pack(">ih", 2, 1)
        + _name("tone")
        + struct.pack(f">i{len(constants)}f", len(constants), *constants)
        + struct.pack(">ii", 0, 0)  # no parameters, no names of them
        + struct.pack(">i", len(units))
        + b"".join(units)
        + struct.pack(">h", 0)
    )


def _name(name: str) -> bytes:
    return bytes((len(name),)) + name.encode()


def _unit(name: str, inputs: list[tuple[int, int]], outputs: int, special: int = 0) -> bytes:
    head = _name(name) + struct.pack(">biih", _AUDIO, len(inputs), outputs, special)
    wires = b"".join(struct.pack(">ii", *wire) for wire in inputs)
    return head + wires + bytes((_AUDIO,)) * outputs


@contextlib.contextmanager
def scsynth(probe: Probe) -> Iterator[None]:
    """scsynth under the probe's hands, and under its ear. Raises Missing."""
    if shutil.which("scsynth") is None:
        raise Missing("apt install supercollider-server")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        line.settimeout(0.2)
        port = _free_port()
        command = ["scsynth", "-u", str(port), "-B", "127.0.0.1", "-i", "0", "-o", "2"]
        with running([*command, "-S", str(SAMPLE_RATE), "-R", "0", "-D", "0"]):
            line.connect(("127.0.0.1", port))
            if not wait_until(lambda: _answers(line, osc("/status"))):
                raise Missing("a scsynth that answers (it did not)")
            if not wait_until(lambda: _answers(line, osc("/d_recv", tone_definition()))):
                raise Missing("a scsynth that takes a definition (it did not)")
            if not wait_until(lambda: bool(probe.ports("SuperCollider:out_1", is_audio=True))):
                raise Missing("a scsynth on JACK (it opened no ports)")
            probe.listen_to(probe.ports("SuperCollider:out_1", is_audio=True)[0])
            line.setblocking(False)
            probe.tell_also(
                line,
                osc("/s_new", "tone", _NODE, _HEAD, _IN_ROOT),
                osc("/n_free", _NODE),
            )
            yield


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _answers(line: socket.socket, question: bytes) -> bool:
    try:
        line.send(question)
        return bool(line.recv(4096))
    except OSError:
        return False
