"""Sound: patches, voices, mixer, and the hosts that carry it."""
