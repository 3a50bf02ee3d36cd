"""Reading tunings from Scala files (.scl): a broken file names itself, the others load."""

from __future__ import annotations

from pathlib import Path

from jamroom.music.scala import ScalaError, parse_scl
from jamroom.music.scales import Scale

MAX_FILE_BYTES = 64 * 1024
MOST_FILES = 500
_REST = "The other scales are there."


def load_scales(*folders: Path) -> tuple[tuple[Scale, ...], tuple[str, ...]]:
    """Every scale of these folders by its label, and one sentence per file that is wrong.

    A later folder's scale replaces an earlier one of the same label. A folder that does not exist
    is skipped. Each scale's name is an id that stands by itself (`music.scales.own_scale`).
    """
    found: dict[str, Scale] = {}
    problems: list[str] = []
    for folder in folders:
        paths = sorted(folder.glob("*.[sS][cC][lL]")) if folder.is_dir() else []
        if len(paths) > MOST_FILES:
            problems.append(
                f"{folder.name}: of {len(paths)} scales only the first {MOST_FILES} are read; put"
                " those that you play into a folder of their own."
            )
        for path in paths[:MOST_FILES]:
            try:
                scale = read_scale(path)
            except ScalaError as error:
                problems.append(f"{error}. {_REST}")
                continue
            found[scale.label] = scale
    return tuple(found[label] for label in sorted(found, key=str.casefold)), tuple(problems)


def read_scale(path: Path) -> Scale:
    """The scale in one file, called by the file's name. Raises ScalaError."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ScalaError(f"{path.name}: larger than {MAX_FILE_BYTES // 1024} KB, so no scale")
        data = path.read_bytes()
    except OSError as error:
        raise ScalaError(f"{path.name}: cannot be read ({error.strerror})") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # the archive's older files are 8-bit text
    label = path.stem.replace("-", " ").replace("_", " ")
    return parse_scl(text, path.name, label).scale
