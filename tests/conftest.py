"""What every test may use. Real input lies beside the project, in ../shared/data, and need not be there."""

from __future__ import annotations

from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SHARED_DATA = PROJECT.parent / "shared" / "data"

needs_shared_data = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="the real input files of ../shared/data are not beside the project"
)
