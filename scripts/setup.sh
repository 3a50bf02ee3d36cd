#!/bin/sh
# Makes the virtual environment and installs the locked versions. Says what to install when
# something of the system's is missing. Used by make; run it by hand as scripts/setup.sh .venv LOCK
set -eu

venv=$1
lock=$2
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }

if ! command -v "$python" >/dev/null 2>&1; then
    say "jamroom needs Python 3.11 or newer, and there is no $python here."
    say "On Debian or Ubuntu: sudo apt install python3 python3-venv"
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    say "jamroom needs Python 3.11 or newer; $python is $("$python" -V 2>&1)."
    say "If a newer one is installed: make jam PYTHON=python3.12"
    exit 1
fi
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        say "Python's venv module is missing, so jamroom cannot be set up."
        say "On Debian or Ubuntu: sudo apt install python3-venv"
        exit 1
    fi
    say "Setting up jamroom in $venv (once) ..."
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi
say "Installing what $lock lists ..."
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$lock"; then
    say "Something could not be installed; pip's own words are above."
    say "If it wanted to build python-rtmidi (there are no wheels after Python 3.12):"
    say "  sudo apt install g++ python3-dev libasound2-dev libjack-jackd2-dev"
    say "or use Python 3.11 or 3.12: make jam PYTHON=python3.12"
    exit 1
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -e .
case $(uname -s) in
Linux)
    if ! "$venv/bin/python" -c 'import sounddevice' >/dev/null 2>&1; then
        say "No PortAudio here, so jamroom will be silent. For sound: sudo apt install libportaudio2"
    fi
    ;;
esac
