"""Reading patches from TOML files: one plain sentence for each file that is wrong.

A broken file names itself, the line, the key and what is allowed there; the other files still load.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from jamroom.engine.patches import Patch
from jamroom.resources import resource_dir

MAX_FILE_BYTES = 64 * 1024


class PatchError(ValueError):
    """A patch file that cannot be used; `str()` is one line for people."""


def load_patches(folders: Sequence[Path]) -> tuple[tuple[Patch, ...], tuple[str, ...]]:
    """Every patch of these folders in browsing order, and one sentence per file that is wrong.

    A later folder's patch replaces an earlier one of the same name (that is how a user changes a
    shipped sound). A folder that does not exist is skipped: having no patches of one's own is fine.
    """
    found: dict[str, Patch] = {}
    errors: list[str] = []
    for folder in folders:
        here: dict[str, Path] = {}
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else []:
            try:
                patch = read_patch(path)
            except PatchError as error:
                errors.append(str(error))
                continue
            if patch.name in here:
                errors.append(
                    f"{path.name}: name is {patch.name!r}, as in {here[patch.name].name}; "
                    "give it a name of its own. The first one plays."
                )
                continue
            here[patch.name] = path
            found[patch.name] = patch
    return tuple(sorted(found.values(), key=lambda one: (one.order, one.name))), tuple(errors)


def shipped_patches() -> tuple[tuple[Patch, ...], tuple[str, ...]]:
    """The patches that come with jamroom."""
    return load_patches([resource_dir("patches")])


def read_patch(path: Path) -> Patch:
    """The patch in one file. Raises PatchError."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise PatchError(
                f"{path.name}: larger than {MAX_FILE_BYTES // 1024} KB, so not a patch"
            )
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PatchError(f"{path.name}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise PatchError(f"{path.name}: not a text file in UTF-8") from None
    return parse_patch(text, path.name)


def parse_patch(text: str, file: str) -> Patch:
    """The patch in a text that came from `file`. Raises PatchError."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PatchError(f"{file}: not TOML: {error}") from None
    for key, value in _leaves(data):
        if isinstance(value, float) and not math.isfinite(value):
            raise PatchError(_sentence(text, file, key, f"{value} is not a number one can hear"))
    try:
        return msgspec.convert(data, Patch)
    except msgspec.ValidationError as error:
        said, _, key = str(error).partition(" - at `$")
        key = key.rstrip("`").lstrip(".")
        raise PatchError(_sentence(text, file, key, _in_plain_words(said, data, key))) from None


def _leaves(data: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _leaves(value, f"{at}.{key}" if at else key)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _leaves(value, f"{at}[{index}]")
    else:
        yield at, data


def _in_plain_words(said: str, data: Any, key: str) -> str:
    allowed = _range_of(key, data)
    value = _value_at(data, key)
    if allowed and isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value} is out of range, allowed is {allowed[0]:g} to {allowed[1]:g}"
    choices = _choices_of(key, data)
    if choices:
        return f"{value!r} is not one of: {', '.join(choices)}"
    missing = re.search(r"missing required field `(\w+)`", said)
    if missing:
        return f"{missing[1]!r} is missing"
    unknown = re.search(r"unknown field `(\w+)`", said)
    if unknown:
        return f"{unknown[1]!r} is not a key of this table"
    return said.replace("`", "")


def _value_at(data: Any, key: str) -> Any:
    for name, index in re.findall(r"([A-Za-z_]\w*)|\[(\d+)\]", key):
        try:
            data = data[name] if name else data[int(index)]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _range_of(key: str, data: Any) -> tuple[float, float] | None:
    """The limits of the number at `key`, read from the types that check it."""
    for one in _types_at(key, data):
        low, high = getattr(one, "ge", None), getattr(one, "le", None)
        if low is not None and high is not None:
            return float(low), float(high)
    return None


def _choices_of(key: str, data: Any) -> tuple[str, ...]:
    """The words allowed at `key`, if it takes one of a few."""
    if key.endswith(".kind"):
        return tuple(str(one.tag) for one in _types_at(key.removesuffix(".kind"), data))
    for one in _types_at(key, data):
        if isinstance(one, msgspec.inspect.LiteralType):
            return tuple(str(value) for value in one.values)
    return ()


def _types_at(key: str, data: Any) -> tuple[Any, ...]:
    """What the file format says may stand at `key`."""
    node: Any = msgspec.inspect.type_info(Patch)
    at: Any = data
    for name, index in re.findall(r"([A-Za-z_]\w*)|\[(\d+)\]", key):
        node = _member(node, name, at) if name else _item(node, int(index))
        at = _value_at(at, name or f"[{index}]")
    return tuple(getattr(node, "types", (node,)))


def _member(node: Any, name: str, at: Any) -> Any:
    kinds = getattr(node, "types", (node,))
    for kind in kinds:
        fields = getattr(kind, "fields", ())
        fits = len(kinds) == 1 or not isinstance(at, dict) or kind.tag in (None, at.get("kind"))
        for field in fields if fits else ():
            if field.name == name:
                return field.type
    return None


def _item(node: Any, index: int) -> Any:
    for kind in getattr(node, "types", (node,)):
        if hasattr(kind, "item_type"):
            return kind.item_type
        if hasattr(kind, "item_types") and index < len(kind.item_types):
            return kind.item_types[index]
    return None


def _sentence(text: str, file: str, key: str, what: str) -> str:
    line = _line_of(text, key)
    where = f"{file}, line {line}" if line else file
    return f"{where}: {key or 'patch'}: {what}. The other patches still play."


def _line_of(text: str, key: str) -> int:
    """The line that most likely holds a key such as `sound.partials[2].level_db`; 0 if unsure."""
    lines = text.splitlines()
    at = 0
    steps = re.findall(r"([A-Za-z_]\w*)((?:\[\d+\])*)", key)
    for depth, (name, indices) in enumerate(steps):
        index = int(re.findall(r"\d+", indices)[0]) if indices else 0
        path = re.escape(".".join(step for step, _ in steps[: depth + 1]))
        arrays = [n for n in range(at, len(lines)) if re.match(rf"\s*\[\[{path}\]\]", lines[n])]
        if arrays:
            at = arrays[min(index, len(arrays) - 1)]
            continue
        here = rf"\s*(\[{path}\]|{name}\s*=)|.*[{{,]\s*{name}\s*="
        plain = [n for n in range(at, len(lines)) if re.match(here, lines[n])]
        if not plain:
            return at + 1 if at else 0
        at = plain[0]
        if indices and depth < len(steps):
            at = _row_of(lines, at, index)
    return at + 1 if lines else 0


def _row_of(lines: list[str], first: int, index: int) -> int:
    """The line of an inline array's item, when the array has one item a line."""
    if lines[first].rstrip().endswith("["):
        rows = [
            n
            for n in range(first + 1, len(lines))
            if lines[n].strip() and not lines[n].strip().startswith("#")
        ]
        if index < len(rows):
            return rows[index]
    return first
