"""What a controller's buttons ask for, in the words of a console's requests."""

from __future__ import annotations

from jamroom.session import events as ev
from jamroom.session.arriving import seats_at
from jamroom.session.inputs import Button
from jamroom.session.state import State

LEVEL_STEP_DB = 3.0


def requests_of(state: State, button: Button) -> tuple[ev.AnyEvent, ...]:
    """The requests that a button stands for. Of a seat's own, nothing before it is taken."""
    frame = button.frame
    match button.name:
        case "keep all":
            return (ev.Kept(frame, ev.EVERYBODY, state.loop_bars),)
        case "play all":
            return (ev.AllPlayed(frame),)
        case "stop all":
            return (ev.AllStopped(frame),)
        case "tap":
            return (ev.TempoTapped(frame),)
        case "silence":
            return (ev.Panicked(frame),)
        case "group":
            return (ev.GroupPressed(frame, button.slot),)
        case "softer" | "louder":
            step = LEVEL_STEP_DB if button.name == "louder" else -LEVEL_STEP_DB
            return (ev.LevelChosen(frame, ev.EVERYBODY, state.room_level_db + step),)
    seats = seats_at(state, button.input)
    return _of_seat(state, button, seats[0].id) if seats else ()


def _of_seat(state: State, button: Button, seat: int) -> tuple[ev.AnyEvent, ...]:
    frame, slot = button.frame, button.slot
    match button.name:
        case "layer":
            return (ev.LayerPressed(frame, seat, slot),)
        case "overdub":
            return (ev.LayerOverdubbed(frame, seat, slot),)
        case "undo":
            return (ev.LayerUndone(frame, seat, slot),)
        case "redo":
            return (ev.LayerRedone(frame, seat, slot),)
        case "clear":
            return (ev.LayerCleared(frame, seat, slot),)
        case "solo":
            return (ev.LayerSoloed(frame, seat, slot),)
        case "keep":
            return (ev.Kept(frame, seat, state.loop_bars),)
        case "octave up" | "octave down":
            step = 1 if button.name == "octave up" else -1
            return (ev.OctaveChosen(frame, seat, state.seats[seat].octave + step),)
    return ()
