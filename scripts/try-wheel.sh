#!/bin/sh
# Builds the wheel, installs it into an environment of its own, and plays the shipped demo from it:
# patches, scores and the demo must be inside. Usage: scripts/try-wheel.sh PYTHON
set -eu

python=$1
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$work/dist" "$here"
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    -c "$here/requirements.lock" "$work"/dist/jamroom-*.whl

# From an empty folder, as somebody else's home: nothing of the checkout may be needed.
cd "$work"
export JAMROOM_HOME="$work/home" XDG_RUNTIME_DIR="$work"
jamroom=$work/venv/bin/jamroom
"$jamroom" --version
"$jamroom" demo --to demo.mid
"$jamroom" jam wheel --host null --headless --for 2 --play demo.mid
"$jamroom" export wheel --to wheel.mid
"$jamroom" sessions
"$work/venv/bin/python" - <<'PYTHON'
import mido

notes = sum(m.type == "note_on" and m.velocity > 0 for t in mido.MidiFile("wheel.mid").tracks for m in t)
print(f"the wheel played and kept {notes} notes")
assert notes > 0
PYTHON
