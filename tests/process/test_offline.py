"""No network: none is needed, and none is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from living_room import LivingRoom

pytestmark = pytest.mark.process
INTERNET = ("tcp", "tcp6", "udp", "udp6", "raw", "raw6")


def sockets_of(pid: int) -> set[str]:
    """Inodes of the sockets a process holds."""
    links = (str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.is_symlink())
    return {link[8:-1] for link in links if link.startswith("socket:[")}


def internet_sockets() -> set[str]:
    """Inodes of all internet sockets that this process can see."""
    found = set()
    for kind in INTERNET:
        table = Path(f"/proc/self/net/{kind}")
        if table.exists():
            found |= {line.split()[9] for line in table.read_text().splitlines()[1:]}
    return found


def family_of(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(p for child in children for p in family_of(int(child)))]


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs Linux's /proc")
def test_no_process_of_a_room_holds_an_internet_socket(room: LivingRoom) -> None:
    room.strike(0, 1)
    room.see(lambda s: "looking" not in s.midi, "it has looked for controllers")
    pids = [
        *family_of(room.supervisor.room_pid),
        *family_of(room.supervisor.recorder_pid),
    ]
    ours = set().union(*(sockets_of(pid) for pid in pids))
    assert ours, "the room has its Unix sockets, so this test sees something"
    assert not ours & internet_sockets()


def has_namespaces() -> bool:
    tool = shutil.which("unshare")
    return (
        bool(tool)
        and subprocess.run([tool, "-rn", "true"], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.skipif(not has_namespaces(), reason="no network namespaces here (unshare -rn)")
def test_a_jam_from_start_to_export_without_any_network(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "JAMROOM_HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "JACK_DEFAULT_SERVER": "jamroom-none",
    }
    jamroom = [sys.executable, "-m", "jamroom.cli"]
    demo = [*jamroom, "demo", "--to", str(tmp_path / "demo.mid")]
    jam = [*jamroom, "jam", "alone", "--host", "null", "--headless", "--for", "3"]
    jam += ["--play", str(tmp_path / "demo.mid")]
    export = [*jamroom, "export", "alone", "--to", str(tmp_path / "alone.mid")]
    for command in (demo, jam, export):
        subprocess.run(["unshare", "-rn", *command], env=environment, check=True)
    assert (tmp_path / "alone.mid").stat().st_size > 200
