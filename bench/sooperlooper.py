"""SooperLooper as a peer: started on JACK, told by OSC to record one cycle of its own clock."""

from __future__ import annotations

import contextlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.jack_server import Missing, jack_module, running
from bench.musician import until

NAME = "bench-looper"
_STARTS_S = 1.0
_ENDED = (
    "it ended at once, as it does where there is no ALSA sequencer (modprobe snd-seq brings one,"
    " apt install gcc lets us do without)"
)
_SEQUENCER = Path("/dev/snd/seq")
_WITHOUT = """
#include <unistd.h>
struct pollfd;
int snd_seq_poll_descriptors_count(void *seq, short events) { return 0; }
int snd_seq_poll_descriptors(void *seq, struct pollfd *p, unsigned n, short e) { return 0; }
int snd_seq_event_input(void *seq, void **event) { usleep(100000); return -11; }
int snd_seq_event_input_pending(void *seq, int fetch) { return 0; }
int snd_seq_event_output_direct(void *seq, void *event) { return 0; }
int snd_seq_drain_output(void *seq) { return 0; }
int snd_seq_nonblock(void *seq, int on) { return 0; }
int snd_seq_close(void *seq) { return 0; }
"""
"""What SooperLooper calls in libasound; there, no sequencer is a failed assertion."""


class Peer:
    """SooperLooper, told by OSC to record one cycle of its own clock."""

    def __init__(self, port: int, bpm: float) -> None:
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.connect(("127.0.0.1", port))
        self.say("/set", "sync_source", -3.0)  # its own clock
        self.say("/set", "tempo", bpm)
        self.say("/set", "eighth_per_cycle", 8.0)
        for name, value in (("sync", 1.0), ("quantize", 1.0), ("dry", 0.0), ("wet", 1.0)):
            self.say("/sl/0/set", name, value)
        self.say("/sl/0/set", "rec_thresh", 0.0)

    def record(self, bar_s: float) -> None:
        """One cycle: it waits for its next one, and again to end."""
        time.sleep(bar_s)
        self.say("/sl/0/hit", "record")
        time.sleep(1.5 * bar_s)
        self.say("/sl/0/hit", "record")
        time.sleep(1.5 * bar_s)

    def say(self, path: str, *arguments: str | float) -> None:
        """One OSC message (https://opensoundcontrol.stanford.edu/spec-1_0.html)."""
        kinds = "," + "".join("s" if isinstance(one, str) else "f" for one in arguments)
        message = _padded(path) + _padded(kinds)
        for one in arguments:
            message += _padded(one) if isinstance(one, str) else struct.pack(">f", one)
        self._line.send(message)
        time.sleep(0.05)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.say("/quit")
        self._line.close()


def _padded(text: str) -> bytes:
    data = text.encode() + b"\0"
    return data + b"\0" * (-len(data) % 4)


@contextlib.contextmanager
def _no_sequencer() -> Iterator[list[str]]:
    """The beginning of a command that does not mind that there is no ALSA sequencer."""
    compiler = shutil.which("cc")
    if _SEQUENCER.exists() or compiler is None:
        yield []
        return
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder) / "sequencer.c", Path(folder) / "sequencer.so"
        source.write_text(_WITHOUT)
        command = [compiler, "-shared", "-fPIC", "-o", str(library), str(source)]
        done = subprocess.run(command, capture_output=True)
        yield [] if done.returncode else ["env", f"LD_PRELOAD={library}"]


@contextlib.contextmanager
def sooperlooper(server: str, bpm: float) -> Iterator[Peer]:
    """One loop of one channel, under its ports' names. Raises Missing."""
    if shutil.which("sooperlooper") is None:
        raise Missing("apt install sooperlooper")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["-q", "-l", "1", "-c", "1", "-t", "60", "-p", str(port), "-j", NAME, "-S", server]
    with _no_sequencer() as before, running([*before, "sooperlooper", *options]) as process:
        jack = jack_module()
        looker = jack.Client("bench looker", no_start_server=True, servername=server)
        try:
            until(
                lambda: bool(looker.get_ports(f"{NAME}:loop0_out_1")) or process.poll() is not None,
                "sooperlooper's ports",
            )
        finally:
            looker.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STARTS_S)  # its OSC server opens after its ports, or it ends
            raise Missing(_ENDED)
        with contextlib.closing(Peer(port, bpm)) as peer:
            yield peer
