"""How often the data of each topic has changed, for whoever keeps answers."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql" / "0005_change_tally.sql"


def upgrade() -> None:
    # one script of many statements: the driver's own cursor, which takes no parameters from it
    op.get_bind().exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    raise RuntimeError("there is no way back from this migration")
