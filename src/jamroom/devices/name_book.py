"""Which name each controller goes by, so that it finds its seat again.

A seat belongs to an input's id, and the second of two equal pads is "midi:Pad #2". They keep their
ids when they are pulled and come back in the other order, as far as there is evidence of which is
which (`usb_ports`); without any, the lowest free number is given in the order of arrival.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

_MOST = 256
_SERIAL = "usb-serial:"


class NameBook:
    """Ids that were given, and the evidence of whom they were given to.

    Kept in a small file, so that it outlives this process; a file that cannot be read or written
    is done without.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known: dict[str, tuple[str, ...]] = {}
        if path is not None:
            with contextlib.suppress(OSError, msgspec.DecodeError):
                data = path.read_bytes()
                self._known = msgspec.json.decode(data, type=dict[str, tuple[str, ...]])

    def id_for(self, name: str, evidence: Sequence[str], taken: Collection[str]) -> str:
        """The id of a device of this name: the one it had, if that can be told and is free."""
        free = [known for known in self._known if _is_of(known, name) and known not in taken]
        scores = {known: _likeness(evidence, self._known[known]) for known in free}
        best = max(scores, key=lambda known: (scores[known], -_number(known)), default="")
        found = best if best and scores[best] else self._unclaimed(name, evidence, taken)
        self._remember(found, tuple(evidence))
        return found

    def _unclaimed(self, name: str, evidence: Sequence[str], taken: Collection[str]) -> str:
        """The lowest number that is free and not a known other's, told by its serial number."""
        serial = any(item.startswith(_SERIAL) for item in evidence)
        number, found = 1, f"midi:{name}"
        while found in taken or (serial and self._has_serial(found)):
            number += 1
            found = f"midi:{name} #{number}"
        return found

    def _has_serial(self, known: str) -> bool:
        return any(item.startswith(_SERIAL) for item in self._known.get(known, ()))

    def _remember(self, known: str, evidence: tuple[str, ...]) -> None:
        old = self._known.get(known)
        if old == evidence or (old is not None and not evidence):
            return
        self._known[known] = evidence
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        if self._path is not None:
            with contextlib.suppress(OSError):
                new = self._path.with_name(f"{self._path.name}.new")
                new.write_bytes(msgspec.json.encode(self._known))
                new.replace(self._path)


def _is_of(known: str, name: str) -> bool:
    plain, _, number = known.rpartition(" #")
    return known == f"midi:{name}" or (plain == f"midi:{name}" and number.isdecimal())


def _number(known: str) -> int:
    number = known.rpartition(" #")[2]
    return int(number) if number.isdecimal() else 1


def _likeness(evidence: Sequence[str], known: Sequence[str]) -> int:
    """How sure it is the same device: better evidence outweighs all that is weaker."""
    return sum(1 << (len(evidence) - place) for place, e in enumerate(evidence) if e in known)
