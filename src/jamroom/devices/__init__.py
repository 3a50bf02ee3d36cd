"""Inputs: MIDI controllers, terminal keys, performed files. They say what happened, no more."""
