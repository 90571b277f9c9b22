"""Overrides of a city or district reach the stations in its streets."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql" / "0003_streets.sql"

# as migration 0001 made it
ONE_LEVEL = """
DROP TRIGGER district_moved ON district;
DROP FUNCTION mark_moved_district;
CREATE OR REPLACE FUNCTION mark_area(districts text[], kinds smallint[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO stale_station
  SELECT s.id
  FROM station AS s
  LEFT JOIN district AS d ON d.code = s.district_code
  WHERE (districts IS NULL OR s.district_code = ANY (districts) OR d.parent_code = ANY (districts))
    AND (kinds IS NULL OR s.kind_id = ANY (kinds))
  ON CONFLICT DO NOTHING
$$
"""


def upgrade() -> None:
    # one script of many statements: the driver's own cursor, which takes no parameters from it
    op.get_bind().exec_driver_sql(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.get_bind().exec_driver_sql(ONE_LEVEL)
