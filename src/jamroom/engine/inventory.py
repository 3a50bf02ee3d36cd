"""What PortAudio sees on this machine, for people who look for their loudspeaker."""

from __future__ import annotations

import re

from jamroom.engine.host_portaudio import quiet_stderr


def portaudio_version() -> str:
    """The version of the PortAudio library, "19.6.0"; "" when there is none."""
    try:
        with quiet_stderr():
            import sounddevice

            text = str(sounddevice.get_portaudio_version()[1])
    except (ImportError, OSError):
        return ""
    number = re.search(r"\d+(\.\d+)+", text)
    return number[0] if number else text


def output_devices() -> tuple[str, ...]:
    """Every device that takes sound, "HDA Intel: ALC257 (ALSA, 2 out)"; () without PortAudio."""
    try:
        with quiet_stderr():
            import sounddevice

            apis = [str(api["name"]) for api in sounddevice.query_hostapis()]
            devices = [dict(device) for device in sounddevice.query_devices()]
    except (ImportError, OSError, sounddevice.PortAudioError):
        return ()
    return tuple(
        f"{device['name']} ({_short(apis[device['hostapi']])}, {device['max_output_channels']} out)"
        for device in devices
        if device["max_output_channels"] > 0
    )


def _short(api: str) -> str:
    return "JACK" if api.startswith("JACK") else api
