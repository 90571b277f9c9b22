"""Administrators mend the rows of loads that wait."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql" / "0007_quarantine.sql"


def upgrade() -> None:
    # one script of many statements: the driver's own cursor, which takes no parameters from it
    op.get_bind().exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    raise RuntimeError("there is no way back from this migration")
