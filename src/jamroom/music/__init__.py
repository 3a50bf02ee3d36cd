"""What music is made of: pitch, scales, chords, metre, keymaps. Pure; no devices, no clock."""
