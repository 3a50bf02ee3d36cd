"""What has to be done about recorded loops now and then, outside the block."""

from __future__ import annotations

from jamroom.clocks import segment_at_frame
from jamroom.engine.clip_player import ClipPlayer
from jamroom.session.clips import clips_in_use, pass_frames
from jamroom.session.state import State


def mind_clips(player: ClipPlayer, state: State) -> None:
    """Give up what nobody needs, and have loops made for a tempo that is to come.

    For the main thread, a few times a second; reads frozen values out of the state only.
    """
    store = player.store
    known = store.clips()  # before the state is read: what is taken from now on stays
    needed, spare = clips_in_use(state)
    store.forget_except(needed, spare, known)
    tempo_map, frame = state.tempo_map, state.frame
    lengths = set()
    for layer in list(state.layers.values()):
        content = layer.content
        if content.clip is None:
            continue
        coming = pass_frames(content, tempo_map.last)
        lengths |= {coming, pass_frames(content, segment_at_frame(tempo_map, frame))}
        if layer.sounds:
            player.foresee(content.clip.id, coming, state.audio_tempo)
    if store.is_tight:
        store.forget_versions(lengths)
