"""The journal's file: how it is made, opened and refused.

A file that is not a journal of ours, is cut short or comes from a newer jamroom is told apart by
reading its first bytes only, so that it is never changed by looking at it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import struct
from pathlib import Path

APPLICATION_ID = 0x4A614D21  # "JaM!"
VERSION = 1
LOG_SUFFIX = "-wal"
_MAGIC = b"SQLite format 3\x00"
_LOG_LIMIT_BYTES = 4 * 1024 * 1024
_BUSY_S = 5.0

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE runs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    at_frame INTEGER NOT NULL,
    frame INTEGER NOT NULL,
    seat INTEGER,
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    run INTEGER GENERATED ALWAYS AS (seq >> 40) VIRTUAL,
    n INTEGER GENERATED ALWAYS AS (seq & 0xFFFFFFFFFF) VIRTUAL
) STRICT;
CREATE INDEX choices ON events (kind, seq)
    WHERE kind NOT IN ('Played', 'Released', 'Bent', 'Leaned', 'Controlled');
CREATE TABLE marks (
    frame INTEGER NOT NULL,
    kind TEXT NOT NULL,
    seat INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (frame, kind, seat, text)
) STRICT, WITHOUT ROWID;
CREATE TABLE snapshots (
    seq INTEGER PRIMARY KEY, at_frame INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE TABLE takes (
    name TEXT PRIMARY KEY, from_frame INTEGER NOT NULL, to_frame INTEGER NOT NULL
) STRICT;
"""


class JournalError(Exception):
    """A session's file cannot be used; the text says why, for a person."""


def create(path: Path) -> None:
    """Make an empty journal, readable by its owner only. It appears whole or not at all."""
    if path.exists():
        raise JournalError(f"{path} is there already; it was not touched. Choose another name.")
    half = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _fill(half)
        half.rename(path)
        _flush_folder(path.parent)
    except (OSError, sqlite3.Error) as error:
        raise plainly(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)


def _fill(path: Path) -> None:
    # Written before the log is switched on: the marks of a journal are in the file's own header.
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")  # flushed once, below, before it has its name
        db.execute("PRAGMA journal_mode = MEMORY")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.executescript(f"BEGIN; {_TABLES} COMMIT;")
        db.execute("PRAGMA journal_mode = WAL")
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def connect(path: Path, write: bool) -> sqlite3.Connection:
    """A connection with the journal's settings. Raises JournalError."""
    check(path)
    mode = _mode(path, write)
    try:
        db = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}",
            uri=True,
            timeout=_BUSY_S,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.Error as error:
        raise plainly(error, path) from error
    try:
        db.execute("PRAGMA temp_store = MEMORY")
        if not write:
            db.execute("PRAGMA query_only = ON")
        else:
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA secure_delete = ON")
            db.execute(f"PRAGMA journal_size_limit = {_LOG_LIMIT_BYTES}")
        _check_tables(db, path)
    except sqlite3.Error as error:
        db.close()
        raise plainly(error, path) from error
    except JournalError:
        db.close()
        raise
    return db


def _mode(path: Path, write: bool) -> str:
    """How SQLite opens the file. A reader that may, tidies up the log when it is the last one."""
    log = path.with_name(path.name + LOG_SUFFIX)
    if write or (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return "rw"
    return "ro" if log.exists() else "ro&immutable=1"


def check(path: Path) -> None:
    """Raise JournalError unless the file's head is that of a whole journal of this version."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
            size = file.seek(0, os.SEEK_END)
    except FileNotFoundError:
        raise JournalError(f"There is no session at {path}.") from None
    except OSError as error:
        raise plainly(error, path) from error
    if len(head) < 100 or not head.startswith(_MAGIC):
        raise JournalError(f"{path} is not a jamroom session. It was not touched.")
    version, application = struct.unpack(">I4xI", head[60:72])
    if application != APPLICATION_ID:
        raise JournalError(f"{path} belongs to another program. It was not touched.")
    if version > VERSION:
        raise JournalError(
            f"{path} was made by a newer jamroom (format {version}; this one reads {VERSION}). "
            "It was not touched. Open it with that jamroom."
        )
    _check_whole(path, head, size)


def _check_whole(path: Path, head: bytes, size: int) -> None:
    page, pages = struct.unpack(">H10xI", head[16:32])
    page = 65536 if page == 1 else page
    log = path.with_name(path.name + LOG_SUFFIX)
    # With a log beside it the file may lag behind: SQLite completes it when it is opened.
    if size < page * pages and not (log.exists() and log.stat().st_size):
        raise JournalError(
            f"{path} is cut short ({size} of {page * pages} bytes). It was not touched. "
            "Copy it again from where it came from."
        )


def _check_tables(db: sqlite3.Connection, path: Path) -> None:
    found = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    missing = {"meta", "runs", "events", "marks", "snapshots", "takes"} - found
    if missing:
        raise JournalError(f"{path} is damaged: it has no {', '.join(sorted(missing))}.")


def damaged(path: Path, why: object) -> JournalError:
    """The error for a file whose inside makes no sense."""
    return JournalError(f"{path} is damaged ({why}). Use a copy of it if there is one.")


def plainly(error: Exception, path: Path) -> JournalError:
    """What went wrong with a file, in plain words."""
    text = str(error)
    low = text.lower()
    if "full" in low or "no space" in low:
        return JournalError(f"The disk is full: {path} could not be written. Free some space.")
    if "readonly" in low or "read-only" in low:
        return JournalError(f"{path} cannot be changed: its folder or disk is read-only.")
    if "locked" in low or "busy" in low:
        return JournalError(f"{path} is being written by another program.")
    if "malformed" in low or "not a database" in low:
        return damaged(path, text)
    if isinstance(error, PermissionError):
        return JournalError(f"You may not read or write {path}: permission denied.")
    return JournalError(f"{path} could not be used: {text}.")
