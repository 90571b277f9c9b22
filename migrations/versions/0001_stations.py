"""Stations, their words and places, loads, hours and schedules."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql" / "0001_stations.sql"


def upgrade() -> None:
    # one script of many statements: the driver's own cursor, which takes no parameters from it
    op.get_bind().exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    raise RuntimeError("the first migration has nothing below it: drop the database instead")
