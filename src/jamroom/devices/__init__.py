"""Inputs: MIDI controllers, terminal keys, performed files. They say what happened; they decide nothing."""
