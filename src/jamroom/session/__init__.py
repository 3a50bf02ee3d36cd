"""The session core: inputs become events, events become state and effects. Pure."""
