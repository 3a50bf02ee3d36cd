"""Data files that people may write themselves: one plain sentence for each file that is wrong.

A broken file names itself, the line, the key and what is allowed there. Ranges and descriptions are
read from the types that check the data, so that no sentence can promise what the check refuses.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

MAX_FILE_BYTES = 64 * 1024
_STEP = re.compile(r"([A-Za-z_][\w-]*)|\[(\d+)\]")
_Wanted = TypeVar("_Wanted")


class TomlError(ValueError):
    """A file that cannot be used; `str()` is one line for people."""


def read_toml(path: Path, wanted: type[_Wanted], rest: str) -> _Wanted:
    """The value in one file. `rest` says what still works. Raises TomlError."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise TomlError(f"{path.name}: larger than {MAX_FILE_BYTES // 1024} KB. {rest}")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TomlError(f"{path.name}: cannot be read ({error.strerror}). {rest}") from None
    except UnicodeDecodeError:
        raise TomlError(f"{path.name}: not a text file in UTF-8. {rest}") from None
    return parse_toml(text, path.name, wanted, rest)


def parse_toml(text: str, file: str, wanted: type[_Wanted], rest: str) -> _Wanted:
    """The value in a text that came from `file`. Raises TomlError."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise TomlError(f"{file}: not TOML: {error}. {rest}") from None
    for key, value in _leaves(data):
        if isinstance(value, float) and not math.isfinite(value):
            raise TomlError(_sentence(text, file, key, f"{value} is no number", rest))
    try:
        return msgspec.convert(data, wanted)
    except msgspec.ValidationError as error:
        said, _, key = str(error).partition(" - at `$")
        key = _named(key.rstrip("`").lstrip("."), data, wanted)
        what = _in_plain_words(said, data, key, wanted)
        raise TomlError(_sentence(text, file, key, what, rest)) from None


def _named(key: str, data: Any, wanted: type) -> str:
    """The key with the names of tables that msgspec leaves out ("lamps[...]")."""
    while "[...]" in key:
        before, after = key.split("[...]", 1)
        table = _value_at(data, before)
        for name, inside in list(table.items()) if isinstance(table, dict) else ():
            table.clear()
            table[name] = inside
            try:
                msgspec.convert(data, wanted)
            except msgspec.ValidationError as error:
                if f"{before}[...]" in str(error):
                    break
        else:
            return before
        key = f"{before}.{name}{after}"
    return key


def _leaves(data: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _leaves(value, f"{at}.{key}" if at else key)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _leaves(value, f"{at}[{index}]")
    else:
        yield at, data


def _in_plain_words(said: str, data: Any, key: str, wanted: type) -> str:
    node, value = _type_at(wanted, data, key), _value_at(data, key)
    low, high, described = _limits(node)
    if isinstance(value, int | float) and not isinstance(value, bool) and low is not None:
        return f"{value} is out of range, allowed is {low:g} to {high:g}"
    if choices := _choices(wanted, data, key):
        return f"{value!r} is not one of: {', '.join(choices)}"
    if described:
        return f"{value!r} does not do: give {described}"
    for pattern, words in (
        (r"missing required field `(\w+)`", "{!r} is missing"),
        (r"unknown field `([\w-]+)`", "{!r} is not a key of this table"),
    ):
        if found := re.search(pattern, said):
            return words.format(found[1])
    return said.replace("`", "")


def _choices(wanted: type, data: Any, key: str) -> tuple[str, ...]:
    """The words allowed at a key, if it takes one of a few."""
    if key.endswith(".kind"):
        kinds = _kinds(_bare(_type_at(wanted, data, key.removesuffix(".kind"))))
        return tuple(str(one.tag) for one in kinds if hasattr(one, "tag"))
    for one in _kinds(_bare(_type_at(wanted, data, key))):
        if isinstance(one, msgspec.inspect.LiteralType):
            return tuple(str(value) for value in one.values)
    return ()


def _value_at(data: Any, key: str) -> Any:
    for name, index in _STEP.findall(key):
        try:
            data = data[name] if name else data[int(index)]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _type_at(wanted: type, data: Any, key: str) -> Any:
    node: Any = msgspec.inspect.type_info(wanted)
    for name, index in _STEP.findall(key):
        node = _member(node, name, data) if name else _item(node, int(index))
        data = _value_at(data, name or f"[{index}]")
    return node


def _kinds(node: Any) -> tuple[Any, ...]:
    return tuple(getattr(node, "types", (node,)))


def _bare(node: Any) -> Any:
    return node.type if isinstance(node, msgspec.inspect.Metadata) else node


def _member(node: Any, name: str, at: Any) -> Any:
    kinds = _kinds(_bare(node))
    for kind in map(_bare, kinds):
        fields = getattr(kind, "fields", ())
        tag = getattr(kind, "tag", None)
        fits = len(kinds) == 1 or not isinstance(at, dict) or tag in (None, at.get("kind"))
        for field in fields if fits else ():
            if field.encode_name == name:
                return field.type
        if hasattr(kind, "value_type"):
            return kind.value_type
    return None


def _item(node: Any, index: int) -> Any:
    for kind in map(_bare, _kinds(_bare(node))):
        if hasattr(kind, "item_type"):
            return kind.item_type
        if hasattr(kind, "item_types") and index < len(kind.item_types):
            return kind.item_types[index]
    return None


def _limits(node: Any) -> tuple[float | None, float | None, str]:
    """Range and description of the first kind of value that has any."""
    for one in _kinds(_bare(node)) if node is not None else ():
        extra = getattr(one, "extra_json_schema", None) or {}
        bare = _bare(one)
        low, high = getattr(bare, "ge", None), getattr(bare, "le", None)
        if low is not None and high is not None:
            return float(low), float(high), ""
        if extra.get("description"):
            return None, None, str(extra["description"])
    extra = getattr(node, "extra_json_schema", None) or {}
    return None, None, str(extra.get("description", ""))


def _sentence(text: str, file: str, key: str, what: str, rest: str) -> str:
    line = _line_of(text, key)
    where = f"{file}, line {line}" if line else file
    return f"{where}: {key + ': ' if key else ''}{what}. {rest}"


def _line_of(text: str, key: str) -> int:
    """The line that most likely holds a key such as `pads[1].channel`; 0 if unsure."""
    lines = text.splitlines()
    at = 0
    steps = re.findall(r"([A-Za-z_][\w-]*)((?:\[\d+\])*)", key)
    for depth, (name, indices) in enumerate(steps):
        index = int(re.findall(r"\d+", indices)[0]) if indices else 0
        path = re.escape(".".join(step for step, _ in steps[: depth + 1]))
        arrays = [n for n in range(at, len(lines)) if re.match(rf"\s*\[\[{path}\]\]", lines[n])]
        if arrays:
            at = arrays[min(index, len(arrays) - 1)]
            continue
        here = rf"\s*(\[{path}[\].]|{re.escape(name)}\s*=)|.*[{{,]\s*{re.escape(name)}\s*="
        plain = [n for n in range(at, len(lines)) if re.match(here, lines[n])]
        if not plain:
            return at + 1 if at else 0
        at = plain[0]
        if indices:
            at = _row_of(lines, at, index)
    return at + 1 if steps and lines else 0


def _row_of(lines: list[str], first: int, index: int) -> int:
    """The line of an inline array's item, when the array has one item a line."""
    if lines[first].rstrip().endswith("["):
        inside = range(first + 1, len(lines))
        rows = [n for n in inside if lines[n].strip() and not lines[n].lstrip().startswith("#")]
        if index < len(rows):
            return rows[index]
    return first
