"""Networks know main roads from streets and paths."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql" / "0008_street_ranks.sql"


def upgrade() -> None:
    # one script of many statements: the driver's own cursor, which takes no parameters from it
    op.get_bind().exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    raise RuntimeError("there is no way back from this migration")
