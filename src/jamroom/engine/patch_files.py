"""Reading patches from TOML files: one plain sentence for each file that is wrong.

A broken file names itself, the line, the key and what is allowed there; the other files still load.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jamroom.engine.patches import Patch
from jamroom.resources import resource_dir
from jamroom.toml_files import TomlError, read_toml

STILL = "The other patches still play."


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
                patch = read_toml(path, Patch, STILL)
            except TomlError as error:
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
