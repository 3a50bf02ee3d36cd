"""Everything that can happen in a session, as frozen facts.

An event is what the journal keeps and what the state is folded from. Its `frame` is when it
happened (for a key: when the driver saw it), in samples of the session's clock. Notes in events
are resolved: they hold the pitch that sounded, so a journal can be read without any keymap.

Consoles ask for things by sending the very same structs with `frame = NOW`; the room checks them
(`decide.py`), stamps them, and they become facts.
"""

from __future__ import annotations

from jamroom.session.event import (
    EVERYBODY,
    NOW,
    Consent,
    Event,
    Quantise,
)
from jamroom.session.hand_events import (
    Bent,
    Controlled,
    Leaned,
    Played,
    Released,
)
from jamroom.session.loop_events import (
    AllPlayed,
    AllStopped,
    FreeLoopBegun,
    GroupPressed,
    Kept,
    LayerCleared,
    LayerGrouped,
    LayerOverdubbed,
    LayerPressed,
    LayerRedone,
    LayerShaped,
    LayerSoloed,
    LayerUndone,
    SceneKept,
    SceneRecalled,
    Shaping,
)
from jamroom.session.room_events import (
    AudioTempo,
    AudioTempoChosen,
    CeilingChosen,
    ClockChosen,
    ClockHeard,
    ClockSent,
    Closed,
    EchoChosen,
    FreeLoopChosen,
    FreeLoopClosed,
    KeyboardSplit,
    LockChosen,
    LoopBarsChosen,
    Marked,
    MeterChosen,
    MicrophoneSwitched,
    Opened,
    PaletteChosen,
    Panicked,
    QuantiseChosen,
    Resumed,
    TempoChosen,
    TempoTapped,
)
from jamroom.session.seat_events import (
    BadgeChosen,
    ConsentChosen,
    InputChosen,
    KeymapChosen,
    LevelChosen,
    OctaveChosen,
    PanChosen,
    PatchChosen,
    SeatLeft,
    SeatsSwapped,
    SeatTaken,
    Send,
    SendChosen,
)

__all__ = [
    "EVERYBODY",
    "NOW",
    "AllPlayed",
    "AllStopped",
    "AnyEvent",
    "AudioTempo",
    "AudioTempoChosen",
    "BadgeChosen",
    "Bent",
    "CeilingChosen",
    "ClockChosen",
    "ClockHeard",
    "ClockSent",
    "Closed",
    "Consent",
    "ConsentChosen",
    "Controlled",
    "EchoChosen",
    "Event",
    "FreeLoopBegun",
    "FreeLoopChosen",
    "FreeLoopClosed",
    "GroupPressed",
    "InputChosen",
    "Kept",
    "KeyboardSplit",
    "KeymapChosen",
    "LayerCleared",
    "LayerGrouped",
    "LayerOverdubbed",
    "LayerPressed",
    "LayerRedone",
    "LayerShaped",
    "LayerSoloed",
    "LayerUndone",
    "Leaned",
    "LevelChosen",
    "LockChosen",
    "LoopBarsChosen",
    "Marked",
    "MeterChosen",
    "MicrophoneSwitched",
    "OctaveChosen",
    "Opened",
    "PaletteChosen",
    "PanChosen",
    "Panicked",
    "PatchChosen",
    "Performance",
    "Played",
    "Quantise",
    "QuantiseChosen",
    "Released",
    "Request",
    "Resumed",
    "RoomEvent",
    "SceneKept",
    "SceneRecalled",
    "SeatEvent",
    "SeatLeft",
    "SeatTaken",
    "SeatsSwapped",
    "Send",
    "SendChosen",
    "Shaping",
    "TempoChosen",
    "TempoTapped",
    "seat_of",
]

Performance = Played | Released | Bent | Leaned | Controlled

SeatEvent = (
    SeatTaken
    | SeatLeft
    | PatchChosen
    | KeymapChosen
    | OctaveChosen
    | LevelChosen
    | ConsentChosen
    | PanChosen
    | SendChosen
    | BadgeChosen
    | InputChosen
    | SeatsSwapped
    | LayerPressed
    | FreeLoopBegun
    | LayerOverdubbed
    | LayerCleared
    | LayerUndone
    | LayerRedone
    | Kept
    | LayerShaped
    | LayerSoloed
    | LayerGrouped
)

RoomEvent = (
    Opened
    | Resumed
    | Closed
    | PaletteChosen
    | TempoChosen
    | TempoTapped
    | MeterChosen
    | LoopBarsChosen
    | QuantiseChosen
    | Panicked
    | Marked
    | LockChosen
    | FreeLoopChosen
    | FreeLoopClosed
    | KeyboardSplit
    | EchoChosen
    | CeilingChosen
    | MicrophoneSwitched
    | AudioTempoChosen
    | ClockChosen
    | ClockHeard
    | ClockSent
    | GroupPressed
    | AllPlayed
    | AllStopped
    | SceneKept
    | SceneRecalled
)

AnyEvent = Performance | SeatEvent | RoomEvent

# What a console may ask for. Opening, closing, sitting down and the clock are the room's own.
Request = (
    PatchChosen
    | KeymapChosen
    | OctaveChosen
    | LevelChosen
    | ConsentChosen
    | PanChosen
    | SendChosen
    | BadgeChosen
    | InputChosen
    | SeatsSwapped
    | LayerPressed
    | LayerOverdubbed
    | LayerCleared
    | LayerUndone
    | LayerRedone
    | Kept
    | LayerShaped
    | LayerSoloed
    | LayerGrouped
    | PaletteChosen
    | TempoChosen
    | TempoTapped
    | MeterChosen
    | LoopBarsChosen
    | QuantiseChosen
    | Panicked
    | Marked
    | LockChosen
    | FreeLoopChosen
    | KeyboardSplit
    | EchoChosen
    | CeilingChosen
    | MicrophoneSwitched
    | AudioTempoChosen
    | ClockChosen
    | ClockSent
    | GroupPressed
    | AllPlayed
    | AllStopped
    | SceneKept
    | SceneRecalled
)


def seat_of(event: AnyEvent) -> int | None:
    """The seat whose hands or choice this event is, or None for the room's own."""
    return getattr(event, "seat", None)
