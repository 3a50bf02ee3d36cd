"""Which of two equal controllers it is: sockets and serials from sysfs, names that are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamroom.devices.midi_system import Port
from jamroom.devices.midi_units import find_units
from jamroom.devices.name_book import NameBook
from jamroom.devices.port_names import name_to_show, plain_port_name
from jamroom.devices.usb_ports import evidence

ONE, OTHER = ["usb-socket:1-2"], ["usb-socket:1-1.4"]


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """Three cards: two equal pads in sockets of their own, and the sound on the board."""
    bus = tmp_path / "devices" / "pci0000:00" / "usb1"
    for card, socket, serial in ((1, "1-2", ""), (2, "1-1.4", "LPX0042\n")):
        interface = bus / socket / f"{socket}:1.0"
        interface.mkdir(parents=True)
        (bus / socket / "idVendor").write_text("1235\n")
        (bus / socket / "idProduct").write_text("0103\n")
        if serial:
            (bus / socket / "serial").write_text(serial)
        plug(tmp_path, card, interface)
    board = tmp_path / "devices" / "pci0000:00" / "0000:00:1f.3"
    board.mkdir()
    plug(tmp_path, 0, board)
    return tmp_path


def plug(sysfs: Path, card: int, place: Path) -> None:
    sound = sysfs / "class" / "sound" / f"card{card}"
    sound.mkdir(parents=True)
    (sound / "device").symlink_to(place)


@pytest.mark.parametrize(
    ("name", "aliases"),
    [
        ("Launchpad X:Launchpad X LPX MIDI 20:1", ()),
        ("a2j:Launchpad X [20] (capture): Launchpad X LPX MIDI", ()),
        ("Midi-Bridge:Launchpad X 1:(capture_0) MIDI", ("alsa:seq:default:client_20:capture_0",)),
    ],
)
def test_a_sequencer_client_leads_to_the_socket(
    sysfs: Path, name: str, aliases: tuple[str, ...]
) -> None:
    assert evidence(name, aliases, sysfs) == ["usb-socket:1-2"]


def test_serial_is_best_then_socket_then_alias_and_else_there_is_none(sysfs: Path) -> None:
    assert evidence("Pad:Pad MIDI 1 24:0", (), sysfs) == [
        "usb-serial:1235:0103:LPX0042",
        "usb-socket:1-1.4",
    ]
    assert evidence("Board:Board 16:0", (), sysfs) == ["place:0000:00:1f.3"]
    assert evidence("Gone:Gone 28:0", (), sysfs) == []
    assert evidence("Program:out 128:0", (), sysfs) == []
    assert evidence("Pad:out", ("hub 3:capture_1",), sysfs) == ["alias:hub 3:*_1"]
    assert evidence("Pad:out", ("hub 3:playback_1",), sysfs) == ["alias:hub 3:*_1"]
    assert evidence("", (), sysfs / "nowhere") == []


# -- names -----------------------------------------------------------------------------------


def test_equal_pads_keep_their_names_in_whatever_order_they_return(tmp_path: Path) -> None:
    file = tmp_path / "names"
    book = NameBook(file)
    assert book.id_for("Pad", ONE, set()) == "midi:Pad"
    assert book.id_for("Pad", OTHER, {"midi:Pad"}) == "midi:Pad #2"
    for again in (book, NameBook(file)):
        assert again.id_for("Pad", OTHER, set()) == "midi:Pad #2"
        assert again.id_for("Pad", ONE, {"midi:Pad #2"}) == "midi:Pad"


def test_a_pad_in_another_socket_takes_the_place_that_is_free() -> None:
    book = NameBook()
    book.id_for("Pad", ONE, set())
    book.id_for("Pad", OTHER, {"midi:Pad"})
    assert book.id_for("Pad", ["usb-socket:3-3"], {"midi:Pad"}) == "midi:Pad #2"
    assert book.id_for("Pad", ["usb-socket:3-3"], {"midi:Pad"}) == "midi:Pad #2"


def test_a_serial_number_is_known_again_in_any_socket_and_its_place_is_nobody_elses() -> None:
    book = NameBook()
    first = ["usb-serial:1:2:A", "usb-socket:1-1"]
    assert book.id_for("Pad", first, set()) == "midi:Pad"
    assert book.id_for("Pad", ["usb-serial:1:2:B", "usb-socket:1-9"], set()) == "midi:Pad #2"
    assert book.id_for("Pad", ["usb-serial:1:2:A", "usb-socket:1-9"], set()) == "midi:Pad"


def test_where_all_have_one_serial_number_the_socket_tells() -> None:
    book = NameBook()
    first = ["usb-serial:1:2:0001", "usb-socket:1-1"]
    second = ["usb-serial:1:2:0001", "usb-socket:1-2"]
    book.id_for("Pad", first, set())
    assert book.id_for("Pad", second, {"midi:Pad"}) == "midi:Pad #2"
    assert book.id_for("Pad", second, set()) == "midi:Pad #2"
    assert book.id_for("Pad", first, {"midi:Pad #2"}) == "midi:Pad"


def test_without_evidence_names_go_by_arrival_and_what_was_known_stays_known() -> None:
    book = NameBook()
    assert book.id_for("Pad", [], set()) == "midi:Pad"
    assert book.id_for("Pad", [], {"midi:Pad"}) == "midi:Pad #2"
    book.id_for("Key", ONE, set())
    assert book.id_for("Key", [], set()) == "midi:Key"
    assert book.id_for("Key", OTHER, {"midi:Key"}) == "midi:Key #2"
    assert book.id_for("Key", ONE, set()) == "midi:Key"


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"midi:Pad": 3}', b"\xff\x00"])
def test_a_broken_file_of_names_is_done_without(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "names"
    file.write_bytes(content)
    assert NameBook(file).id_for("Pad", ONE, set()) == "midi:Pad"
    assert NameBook(file).id_for("Pad", ONE, set()) == "midi:Pad"


def test_a_folder_that_is_not_there_is_done_without(tmp_path: Path) -> None:
    book = NameBook(tmp_path / "gone" / "names")
    assert book.id_for("Pad", ONE, set()) == "midi:Pad"


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 4)), max_size=40))
def test_no_two_that_are_here_share_a_name(plugged: list[tuple[str, int]]) -> None:
    book = NameBook()
    here: dict[tuple[str, int], str] = {}
    for device in plugged:
        if device in here:
            del here[device]
        else:
            name, socket = device
            here[device] = book.id_for(name, [f"usb-socket:{socket}"], set(here.values()))
        assert len(set(here.values())) == len(here)


# -- the two ends of a device ------------------------------------------------------------------


def ends(sources: list[str], destinations: list[str]) -> set[tuple[str, str]]:
    units = find_units(map(Port, sources), map(Port, destinations))
    assert len({unit.key for unit in units}) == len(units)
    return {
        (u.source.name if u.source else "", u.destination.name if u.destination else "")
        for u in units
    }


@pytest.mark.parametrize(
    ("sources", "destinations"),
    [
        (["Pad:Pad MIDI 1 20:0", "Pad:Pad MIDI 1 24:0"],) * 2,
        (["LPX:DAW Out 20:0", "LPX:MIDI Out 20:1"], ["LPX:DAW In 20:0", "LPX:MIDI In 20:1"]),
        (["Pad:out", "Pad-01:out"], ["Pad:in", "Pad-01:in"]),
        (["Midi-Bridge:Pad 0:(capture_0) M"], ["Midi-Bridge:Pad 0:(playback_0) M"]),
        (["a2j:Pad [20] (capture): Pad MIDI 1"], ["a2j:Pad [20] (playback): Pad MIDI 1"]),
        (["Synth:keys"], ["Synth:sound"]),
        (["Twin", "Twin"], ["Twin", "Twin"]),
    ],
)  # fmt: skip
def test_ports_that_differ_in_direction_only_are_of_one_device(
    sources: list[str], destinations: list[str]
) -> None:
    assert ends(sources, destinations) == set(zip(sources, destinations, strict=True))


def test_others_stand_alone_and_ours_are_left_out() -> None:
    assert ends(
        [
            "Keys:out",
            "jamroom midi:in 1",
            "Midi Through:Midi Through Port-0 14:0",
            "DAW:a",
            "DAW:b",
        ],
        ["Synth:in", "jamroom midi:out 1", "Midi Through:Midi Through Port-0 14:0", "DAW:c"],
    ) == {("Keys:out", ""), ("", "Synth:in"), ("DAW:a", ""), ("DAW:b", ""), ("", "DAW:c")}


def test_jackds_own_ports_pair_and_are_named_by_their_aliases() -> None:
    alias = "alsa_pcm:Launchpad-Mini/midi_capture_1"
    source = Port("system:midi_capture_3", (alias,))
    taking = Port("system:midi_playback_1", ("alsa_pcm:Launchpad-Mini/midi_playback_1",))
    (unit,) = find_units([source], [taking])
    assert unit.destination == taking
    assert plain_port_name(name_to_show(source.name, source.aliases)) == "Launchpad-Mini"


@pytest.mark.parametrize(
    ("port", "name"),
    [
        ("Pad:out", "Pad"),
        ("Pad:MIDI In", "Pad"),
        ("Pad:in 1", "Pad"),
        ("Pad:in 2", "Pad in 2"),
        ("LPX:LPX DAW Out", "LPX DAW"),
    ],
)
def test_a_direction_is_no_part_of_a_name(port: str, name: str) -> None:
    assert plain_port_name(port) == name
