"""The state as bytes, and without those who want nothing of theirs kept."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import msgspec

from jamroom.session.state import SLOTS, STATE_VERSION, Scene, State

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(State)


def encode_state(state: State) -> bytes:
    """The state as bytes; the same state always gives the same bytes."""
    return _encoder.encode(state)


def decode_state(data: bytes) -> State:
    """The state from `encode_state`. Raises ValueError for anything else."""
    try:
        state = _decoder.decode(data)
    except msgspec.DecodeError as error:
        raise ValueError(f"this is no session state: {error}") from error
    if state.version != STATE_VERSION:
        raise ValueError(f"state version {state.version}; this jamroom reads {STATE_VERSION}")
    return state


def without_seats(state: State, seats: AbstractSet[int]) -> State:
    """A copy with nothing of these seats in it: for what must not touch the disk."""
    copy = decode_state(encode_state(state))
    copy.seats = {n: s for n, s in copy.seats.items() if n not in seats}
    copy.layers = {n: x for n, x in copy.layers.items() if x.seat not in seats}
    copy.held = {h: v for h, v in copy.held.items() if h // 256 not in seats}
    copy.sounding = {v: s for v, s in copy.sounding.items() if s.seat not in seats}
    copy.pedals = [n for n in copy.pedals if n not in seats]
    copy.bends = {p: c for p, c in copy.bends.items() if p // (SLOTS + 1) not in seats}
    origins = {n.origin for s in seats if s in copy.past for n in copy.past[s].notes}
    copy.hanging = {o: b for o, b in copy.hanging.items() if o not in origins}
    copy.past = {n: p for n, p in copy.past.items() if n not in seats}
    copy.keeps = [keep for keep in copy.keeps if keep.seat not in seats]
    copy.last_played = {n: f for n, f in copy.last_played.items() if n not in seats}
    copy.key_bends = {v: c for v, c in copy.key_bends.items() if v in copy.sounding}
    copy.walks = {n: played for n, played in copy.walks.items() if n not in seats}
    copy.solos = [number for number in copy.solos if number // SLOTS not in seats]
    copy.made_takes = {n: m for n, m in copy.made_takes.items() if n // SLOTS not in seats}
    recalled = copy.recalled_layers.items()
    copy.recalled_layers = {n: take for n, take in recalled if n // SLOTS not in seats}
    scenes = (_scene_without(scene, seats) for scene in copy.scenes)
    copy.scenes = [scene for scene in scenes if scene.layers or scene.name]
    return copy


def _scene_without(scene: Scene, seats: AbstractSet[int]) -> Scene:
    layers = {number: take for number, take in scene.layers.items() if number // SLOTS not in seats}
    return msgspec.structs.replace(scene, layers=layers)
