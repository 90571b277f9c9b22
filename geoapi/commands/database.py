"""geoapi migrate, geoapi refresh."""

from __future__ import annotations

import typer

from geoapi.db.engine import connect, database_address
from geoapi.db.migrate import migrate as apply_migrations
from geoapi.schedule import refresh as refresh_schedule
from geoapi.settings import Settings


def migrate() -> None:
    """建立或升级数据库 · Bring the database to the newest migration."""
    with database_address(Settings().database) as url:
        applied = apply_migrations(url)
    typer.echo(f"已应用 · applied: {', '.join(applied)}" if applied else "已是最新 · nothing to do")


def refresh() -> None:
    """重新计算开放时间 · Work out opening times that changed (the service does so itself)."""
    settings = Settings()
    with database_address(settings.database) as url, connect(url) as conn:
        report = refresh_schedule(conn, horizon_days=settings.schedule.horizon_days)
    typer.echo(
        f"站点 · stations: {report.stations}; 时间表 · schedules: {report.schedules}; "
        f"{report.window.starts_at:%Y-%m-%d} – {report.window.ends_at:%Y-%m-%d}"
    )
