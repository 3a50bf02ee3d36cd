"""One jamroom at a time for a session."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType

from jamroom.capture.journal_file import JournalError, plainly

_AGAIN_S = 0.05


class SessionLock:
    """Held while a session is being written. The system gives it back when its holder dies.

    It is a file of its own: closing any handle of the journal itself would drop SQLite's locks.
    """

    def __init__(self, journal: Path, patience_s: float = 0.0) -> None:
        """Somebody who holds it gets `patience_s` seconds to let go."""
        self._journal = journal
        self._until_s = time.monotonic() + patience_s
        self._path = journal.with_name(journal.name + "-lock")
        self._handle = -1

    def __enter__(self) -> SessionLock:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            while not self._lock_in_time():
                pass
        except BlockingIOError:
            raise JournalError(
                f"{self._journal.stem} is open in another jamroom. Close it there, or open "
                "another session here."
            ) from None
        except OSError as error:
            raise plainly(error, self._journal) from error
        return self

    def _lock_in_time(self) -> bool:
        try:
            return self._lock()
        except BlockingIOError:
            if time.monotonic() >= self._until_s:
                raise
            time.sleep(_AGAIN_S)
            return False

    def _lock(self) -> bool:
        handle = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The last holder removes the file: make sure that this is still the one with the name.
            current = Path(self._path).stat()
            if os.path.samestat(current, os.fstat(handle)):
                self._handle = handle
                return True
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        return False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._handle)
