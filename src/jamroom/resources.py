"""Where the files live that ship with jamroom: patches, scales, controllers, the demo.

In an installed wheel they lie inside the package; in a checkout (editable install) they lie at the
top of the repository, where people look for them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def resource_dir(name: Literal["patches", "scales", "controllers", "scores", "demo"]) -> Path:
    """The shipped folder of that name; raises FileNotFoundError in plain words if it is missing."""
    inside = _PACKAGE / name
    in_checkout = _PACKAGE.parent.parent / name
    for folder in (inside, in_checkout):
        # A folder with an __init__.py is code of the same name, not the data.
        if folder.is_dir() and not (folder / "__init__.py").exists():
            return folder
    raise FileNotFoundError(
        f"the folder {name!r} that ships with jamroom is missing (looked in {inside} and "
        f"{in_checkout}); install jamroom again"
    )
