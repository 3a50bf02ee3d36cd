"""The doctor: replies of terminals, judgements and layout. test_doctor_live.py has the rest."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamroom.doctor import disk, fonts, midi, sound
from jamroom.doctor.facts import DiskFacts, EngineFacts, Failed, FontFacts, MidiFacts, SoundFacts
from jamroom.doctor.findings import Finding, section_text
from jamroom.doctor.machine import MachineFacts, judge_machine, versions_line
from jamroom.doctor.packages import Family, family_of, install, join_group
from jamroom.doctor.setting import Setting, card_names
from jamroom.doctor.terminal import TerminalFacts, judge_terminal, within_what
from jamroom.doctor.terminal_replies import (
    PROBE,
    Replies,
    all_answered,
    parse_replies,
    questions,
)
from jamroom.doctor.trials import filesystem_of, gaps_ms, read_facts
from jamroom.doctor.visit import what_now

SOUND = SoundFacts(
    "HDA Intel", False, "", 48_000, 5.3, 128, 2.7, 3.1, 750, 0, True, "", ("HDA (ALSA, 2 out)",),
    "19.6.0",
)  # fmt: skip
SILENT = msgspec.structs.replace(
    SOUND,
    host="no sound card",
    silent=True,
    why="No sound card was found. The room goes on without sound.",
    devices=(),
)
NO_FONT = "There is no SoundFont on this machine. For cello, violin and others: apt install x"
ENGINE = EngineFacts(7, (), 32, 1.0, 0.08, 0.4, 1.33)
MIDI = MidiFacts("ALSA", ("Launchpad Mini",))
DISK = DiskFacts("/home/anna/.local/share/jamroom", True, "", 9 * 10**10, "ext4", (2.0, 9.0), "")
DEBIAN = Setting(platform="linux", family="debian", user="anna", sequencer="there")
KITTY = b"\x1b_Gi=31;OK\x1b\\\x1b[?0u\x1bP>|kitty(0.32.2)\x1b\\\x1b[?1006;2$y\x1b[12;4R\x1b[?62c"
TERMINAL = TerminalFacts(
    (100, 30),
    "",
    parse_replies(KITTY),
    "xterm-kitty",
    "truecolor",
    "utf8",
    256,
    True,
    "",
    (),
    False,
)
FAMILIES: tuple[Family, ...] = ("debian", "fedora", "")
replace = msgspec.structs.replace


# -- what terminals answer ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (KITTY, Replies((62,), 0, True, "kitty(0.32.2)", True, 4)),
        (b"\x1b[?1;2c", Replies((1, 2))),
        (
            b"\x1bP>|tmux 3.3a\x1b\\\x1b[3;4R\x1b[?1;2;4c",
            Replies((1, 2, 4), name="tmux 3.3a", column=4),
        ),
        (b"\x1b[?1006;0$y\x1b[?6c", Replies((6,), mouse=False)),
        (b"\x1b[?62;4;22c", Replies((62, 4, 22))),
        (b"\x1b_Gi=31;ENOTSUPPORTED:no\x1b\\\x1b[?65c", Replies((65,))),
        (b"qq\x1b[?5uw\x1b[A\x1b[?c", Replies((), 5)),
        (b"", Replies()),
        (b"\x1b[?62;4", Replies()),
    ],
)
def test_replies(received: bytes, expected: Replies) -> None:
    assert parse_replies(received) == expected
    assert all_answered(received) is (expected.attributes is not None)


def test_sixel_is_attribute_four_and_not_forty() -> None:
    assert parse_replies(b"\x1b[?62;4c").sixel
    assert not parse_replies(b"\x1b[?64;40;14c").sixel
    assert not Replies().sixel


@given(
    st.lists(st.sampled_from([b"\x1b", b"[", b"?", b";", b"c", b"u", b"1", b"_G", b"\xff", KITTY]))
)
def test_any_bytes_are_sorted_out(pieces: list[bytes]) -> None:
    received = b"".join(pieces)
    replies = parse_replies(received)
    assert (replies.attributes is not None) is all_answered(received)
    if KITTY in pieces:
        assert replies.graphics


def test_questions_end_with_the_one_everybody_answers() -> None:
    for multiplexed, utf8 in itertools.product((False, True), repeat=2):
        asked = questions(multiplexed=multiplexed, utf8=utf8)
        assert asked.startswith(b"\r\x1b[K") and asked.endswith(b"\r\x1b[K\x1b[c")
        assert (b"\x1b_G" in asked) is not multiplexed
        assert (PROBE.encode() in asked) is utf8


# -- layout ------------------------------------------------------------------------------------


def test_a_finding_is_readable_without_colour() -> None:
    finding = Finding("problem", "It is broken. " * 9, "No sound. " * 9, "Mend it:", "mend --all")
    lines = section_text("Sound", [finding]).splitlines()
    assert lines[0] == "Sound"
    assert lines[1].startswith("  problem  It is broken.")
    assert all(line.startswith(" " * 11) for line in lines[2:])
    assert lines[-2:] == [" " * 11 + "-> Mend it:", " " * 14 + "$ mend --all"]
    assert max(map(len, lines)) <= 79


def test_colour_changes_nothing_but_the_sign() -> None:
    findings = [Finding("ok", "fine"), Finding("note", "so so")]
    coloured = section_text("Disk", findings, colour=True)
    for code in ("\x1b[32m", "\x1b[33m", "\x1b[0m"):
        assert code in coloured
        coloured = coloured.replace(code, "")
    assert coloured == section_text("Disk", findings)


def test_names_of_devices_do_not_move_the_cursor() -> None:
    facts = MidiFacts("ALSA", ("Evil\x1b[2J\r\nKeys\x9b",))
    text = section_text("MIDI", midi.judge_midi(facts, DEBIAN))
    assert not set(text) & set("\x1b\r\x9b")
    assert "Keys" in text


# -- judgements --------------------------------------------------------------------------------


def signs(findings: list[Finding]) -> set[str]:
    return {finding.sign for finding in findings}


def commands(findings: list[Finding]) -> list[str]:
    return [finding.run for finding in findings if finding.run]


def test_a_good_machine_gets_no_notes() -> None:
    machine = MachineFacts(95, ("performance",), True, 8, 0.4)
    found = [
        *sound.judge_sound(SOUND, DEBIAN),
        *sound.judge_engine(ENGINE),
        *midi.judge_midi(MIDI, DEBIAN),
        *disk.judge_disk(DISK),
        *judge_machine(machine, DEBIAN),
        *judge_terminal(TERMINAL),
    ]
    assert signs(found) == {"ok"}
    assert commands(found) == []


@pytest.mark.parametrize(
    ("facts", "setting", "says", "command"),
    [
        (replace(SILENT, portaudio=""), DEBIAN, "PortAudio", "sudo apt install libportaudio2"),
        (replace(SILENT, portaudio=""), replace(DEBIAN, family="fedora"), "PortAudio",
         "sudo dnf install portaudio"),
        (replace(SILENT, portaudio=""), replace(DEBIAN, family=""), "Install PortAudio", ""),
        (SILENT, DEBIAN, "knows no sound card", ""),
        (SILENT, replace(DEBIAN, cards=("HDA",), cards_barred=True), "group audio",
         "sudo usermod -aG audio anna"),
        (SILENT, replace(DEBIAN, cards=("HDA",)), "PortAudio does not",
         "sudo apt install libasound2-plugins"),
        (replace(SILENT, devices=("HDA (ALSA, 2 out)",)), replace(DEBIAN, cards=("HDA",)),
         "Another program", ""),
        (SILENT, Setting(platform="darwin"), "settings", ""),
    ],
)  # fmt: skip
def test_silence_has_a_cure(facts: SoundFacts, setting: Setting, says: str, command: str) -> None:
    found = sound.judge_sound(facts, setting)
    assert found[0].sign == "note"
    assert says in found[0].do
    assert found[0].run == command


def test_latency_is_the_period_and_what_the_driver_reports() -> None:
    late = replace(SOUND, period_frames=960, promised_ms=20.0)
    plain = sound.judge_sound(late, DEBIAN)[1]
    assert plain.sign == "note" and "40.0 ms" in plain.text
    pipewire = sound.judge_sound(late, replace(DEBIAN, pipewire=True))[1]
    assert pipewire.run == "sudo apt install pipewire-jack" and "pw-jack -p 128" in pipewire.do
    has_it = sound.judge_sound(late, replace(DEBIAN, pipewire=True, pw_jack=True))[1]
    assert has_it.run == "" and "pw-jack -p 128" in has_it.do
    assert "8.0 ms" in sound.judge_sound(SOUND, DEBIAN)[1].text


def test_missed_deadlines_and_dead_devices_are_told() -> None:
    missed = sound.judge_sound(replace(SOUND, missed=1), DEBIAN)
    assert any("1 deadline missed" in one.text and one.sign == "note" for one in missed)
    assert "problem" in signs(sound.judge_sound(replace(SOUND, alive=False), DEBIAN))
    assert "problem" in signs(sound.judge_sound(replace(SOUND, blocks=0), DEBIAN))
    assert "problem" in signs(sound.judge_sound(replace(SOUND, failure="ValueError: x"), DEBIAN))


def test_engine() -> None:
    assert sound.judge_engine(replace(ENGINE, took_s=0.7))[0].sign == "note"
    assert signs(sound.judge_engine(replace(ENGINE, broken=("x.toml: y",)))) == {"ok", "problem"}


def test_midi() -> None:
    none = midi.judge_midi(MidiFacts("", ()), replace(DEBIAN, sequencer="missing"))
    assert commands(none) == ["sudo modprobe snd-seq"]
    barred = midi.judge_midi(MidiFacts("", ()), replace(DEBIAN, sequencer="barred"))
    assert commands(barred) == ["sudo usermod -aG audio anna"]
    jack = midi.judge_midi(MidiFacts("Jack", ()), replace(DEBIAN, sequencer="missing"))
    assert [one.sign for one in jack] == ["note", "note"]
    alsa = midi.judge_midi(MIDI, DEBIAN)
    assert "a2jmidid" in alsa[0].text and "1 input plugged in: Launchpad Mini" in alsa[1].text


@pytest.mark.parametrize(
    ("facts", "sign", "says"),
    [
        (replace(DISK, refusal="Read-only file system"), "problem", "cannot be written"),
        (replace(DISK, refusal="Not a directory", there=False), "problem", "cannot be made"),
        (replace(DISK, free_bytes=10**6), "problem", "1.0 MB free"),
        (replace(DISK, free_bytes=5 * 10**8), "note", "500 MB free"),
        (replace(DISK, filesystem="nfs4"), "problem", "network"),
        (replace(DISK, filesystem="tmpfs"), "note", "memory"),
        (replace(DISK, fsync_ms=(80.0, 90.0, 100.0)), "note", "slow"),
        (replace(DISK, fsync_ms=(2.0, 2.0, 900.0)), "note", "slow"),
        (replace(DISK, fsync_ms=(0.01,)), "ok", "under 0.1 ms"),
        (replace(DISK, meeting="/tmp/jamroom-1 belongs to somebody else"), "problem", "somebody"),
    ],
)
def test_disk(facts: DiskFacts, sign: str, says: str) -> None:
    found = disk.judge_disk(facts)
    assert [one.sign for one in found if says in one.text] == [sign]


def test_real_time_is_only_ever_a_note() -> None:
    poor = MachineFacts(0, ("powersave", "performance"), False, 1, 3.0)
    found = judge_machine(poor, DEBIAN)
    assert [one.sign for one in found] == ["note"] * 3
    assert "sudo apt install jackd2" in found[0].do
    assert found[0].run == "sudo usermod -aG audio anna"
    fedora = judge_machine(poor, replace(DEBIAN, family="fedora"))
    assert "sudo dnf install realtime-setup" in fedora[0].do
    assert fedora[0].run == "sudo usermod -aG realtime anna"
    elsewhere = MachineFacts(None, (), False, 4, 9.0)
    assert ["busy" in one.means for one in judge_machine(elsewhere, DEBIAN)] == [True]


@pytest.mark.parametrize(
    ("change", "sign", "says"),
    [
        ({"size": (79, 24)}, "note", "79 columns"),
        ({"size": (80, 23)}, "note", "23 lines"),
        ({"colorterm": "", "term": "xterm-256color"}, "note", "colours: 256"),
        ({"colorterm": "", "term": "dumb"}, "problem", "TERM is dumb"),
        ({"within": "tmux", "outer": ("256", "title")}, "note", "tmux does not pass on"),
        ({"within": "tmux", "outer": ("256", "RGB")}, "ok", "16 million"),
        ({"within": "tmux", "outer": ("RGB",)}, "note", "inside tmux"),
        ({"encoding": "iso88591"}, "problem", "not UTF-8"),
        ({"replies": Replies((1,), column=7)}, "problem", "took 6 cells, not 3"),
        ({"replies": Replies((1,))}, "ok", "cannot tell when a key comes up"),
        ({"replies": Replies((1,), mouse=False)}, "note", "mouse: not known"),
        ({"replies": Replies((1, 4))}, "ok", "images: yes (sixel)"),
        ({"replies": Replies()}, "note", "did not answer"),
        ({"not_asked": "the output goes into a pipe"}, "note", "into a pipe"),
        ({"size": (0, 0), "not_asked": "no terminal here"}, "note", "not asked: no terminal here"),
        ({"far": True}, "note", "ssh"),
    ],
)
def test_terminal(change: dict[str, object], sign: str, says: str) -> None:
    found = judge_terminal(msgspec.structs.replace(TERMINAL, **change))
    assert [one.sign for one in found if says in one.text] == [sign]


def test_tmux_and_screen_are_known_by_their_variables() -> None:
    assert within_what({"TMUX": "/tmp/x,1,0", "STY": "1"}) == "tmux"
    assert within_what({"STY": "1.pts"}) == "screen"
    assert within_what({"TMUX": ""}) == ""


def test_without_a_soundfont_it_says_what_is_missing_and_what_to_install() -> None:
    (missing,) = fonts.judge_font(FontFacts(0, NO_FONT))
    assert missing.text == "There is no SoundFont on this machine."
    assert (missing.sign, "fluid-soundfont-gm" in missing.run) == ("note", True)
    (there,) = fonts.judge_font(FontFacts(17, "FluidR3_GM, 17 sounds (FluidSynth)"))
    assert (there.sign, "FluidR3_GM" in there.text) == ("ok", True)


def test_every_word_fits_eighty_columns() -> None:
    settings = [
        Setting(platform, family, "anna", cards, barred, sequencer, pipewire)
        for platform, family, cards, barred, sequencer, pipewire in itertools.product(
            ("linux", "darwin"), FAMILIES, ((), ("HDA Intel PCH",)),
            (False, True), ("there", "barred", "missing"), (False, True),
        )
    ]  # fmt: skip
    sounds = [
        SOUND, SILENT, replace(SILENT, portaudio=""), replace(SILENT, missed=3),
        replace(SOUND, period_frames=960, missed=5, devices=("A long name of a card",) * 9),
    ]  # fmt: skip
    poor = MachineFacts(0, ("powersave",), False, 1, 3.0)
    bad = Failed("it crashed (SIGSEGV)")
    found = [*sound.sound_failed(bad), *sound.engine_failed(bad), *midi.midi_failed(bad)]
    found += [*disk.disk_failed(bad), *disk.judge_disk(replace(DISK, refusal="No", meeting="No"))]
    found += [*fonts.font_failed(bad), *fonts.judge_font(FontFacts(17, "FluidR3_GM, 17 sounds"))]
    found += fonts.judge_font(FontFacts(0, NO_FONT))
    found += judge_terminal(replace(TERMINAL, colorterm="", within="tmux", far=True))
    for setting in settings:
        found += judge_machine(poor, setting)
        for system in ("ALSA", "Jack", ""):
            found += midi.judge_midi(MidiFacts(system, ()), setting)
        for facts in sounds:
            found += sound.judge_sound(facts, setting)
    for finding in found:
        assert max(map(len, section_text("x", [finding]).splitlines())) <= 79, finding


# -- small readers -----------------------------------------------------------------------------


def test_gaps_take_the_blocks_of_one_asking_together() -> None:
    stamps = [asking * 5_333_333 + block * 20_000 for asking in range(40) for block in range(4)]
    gaps = gaps_ms(stamps, 5.333)
    assert gaps and all(abs(gap - 5.333) < 0.01 for gap in gaps)
    assert gaps_ms([], 5.0) == [] and gaps_ms([7], 5.0) == []


def test_file_system_is_that_of_the_nearest_mount() -> None:
    mounts = "a / ext4 rw\nb /home nfs4 rw\nc /home/an\\040na tmpfs rw\nd /home xfs rw\nbroken"
    assert filesystem_of(Path("/etc"), mounts) == "ext4"
    assert filesystem_of(Path("/home/x"), mounts) == "xfs"
    assert filesystem_of(Path("/home/an na/y"), mounts) == "tmpfs"
    assert filesystem_of(Path("/homes"), mounts) == "ext4"
    assert filesystem_of(Path("/"), "") == ""


def test_families_and_commands() -> None:
    assert family_of('ID=linuxmint\nID_LIKE="ubuntu debian"\n') == "debian"
    assert family_of("NAME='Fedora Linux'\nID=fedora\n") == "fedora"
    assert family_of("ID=arch") == "" == family_of("")
    assert install("", "portaudio") == ""
    assert join_group("audio", "o'neil") == "sudo usermod -aG audio 'o'\"'\"'neil'"


def test_cards_of_the_kernel() -> None:
    text = (
        " 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n"
        "                      HDA Intel PCH at 0xb1218000 irq 139\n"
        " 1 [Mini           ]: USB-Audio - Launch Mini\n"
    )
    assert card_names(text) == ("HDA Intel PCH", "Launch Mini")
    assert card_names("--- no soundcards ---\n") == ()


def test_a_trial_that_breaks_is_told_in_one_line() -> None:
    assert read_facts(-11, b"", b"") == Failed("it crashed (SIGSEGV)")
    assert read_facts(1, b"", b"Traceback\nValueError: no\n") == Failed("ValueError: no")
    assert read_facts(3, b"", b"") == Failed("it ended with code 3")
    assert isinstance(read_facts(0, b"hello", b""), Failed)
    assert read_facts(0, b"chatter\n" + msgspec.json.encode(MIDI) + b"\n", b"") == MIDI


def test_what_now() -> None:
    assert what_now(SOUND, ENGINE, MIDI, DISK, console=True) == (
        "You can jam now: with sound (HDA Intel), with terminal keys and 1 MIDI input. "
        "Type: jamroom",
        True,
    )
    sentence, possible = what_now(SILENT, ENGINE, MidiFacts("", ()), DISK, console=True)
    assert possible and "silent, with terminal keys. For sound" in sentence
    sentence, possible = what_now(Failed("x"), ENGINE, Failed("x"), Failed("x"), console=False)
    assert possible and "--host null" in sentence and "Nothing will be kept" in sentence
    assert not what_now(SOUND, Failed("x"), MIDI, DISK, console=True)[1]
    assert not what_now(SOUND, ENGINE, MIDI, replace(DISK, meeting="x"), console=True)[1]
    assert not what_now(SOUND, ENGINE, MIDI, replace(DISK, there=False), console=True)[1]


def test_versions_are_one_line() -> None:
    line = versions_line("")
    assert "\n" not in line and "PortAudio missing" in line and "Python 3" in line
