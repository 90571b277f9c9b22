"""The pages: sources in TypeScript and Svelte, and what `npm run build` makes of them, in `dist`."""

from pathlib import Path
from typing import Final

BUILT: Final = Path(__file__).parent / "dist"
"""Where the built files are: made by `make web`, part of the wheel, not of the repository."""
