"""Stories of two people at two pages at once, end to end on the real service."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.web.conftest import Site, Visit
from tests.web.manage.stations import saved, station_of


def test_a_manager_closes_for_today_and_the_workers_list_shows_it(
    visit: Callable[..., Visit], site: Site
) -> None:
    """What the next question of a worker's phone finds, without a wait: closed, why; and open again."""
    station = station_of(site, 14)
    worker = visit(position={"longitude": station["location"]["lon"], "latitude": station["location"]["lat"]})
    manager = visit(f"/manage#station/{station['id']}", login="manager")

    def ask(mode: str) -> Locator:
        """The worker asks anew; the station's row in what the service answers."""
        with worker.page.expect_response("**/v1/stations/nearest*"):
            worker.page.get_by_label(mode).check(force=True)
        return worker.page.locator(f"#row-{station['id']}")

    row = worker.page.locator(f"#row-{station['id']}")
    expect(row).to_contain_text("24 小时开放")
    expect(row.get_by_role("heading")).to_contain_text(station["name"])

    manager.page.get_by_role("button", name="今天不开放").click()
    dialog = manager.page.get_by_role("dialog", name="临时关闭")
    dialog.get_by_role("button", name="设备检修").click()
    with manager.page.expect_response("**/closures*"):
        dialog.get_by_role("button", name="今天不开放").click()
    # before the manager's own page has read anything back
    row = ask("不限")
    expect(row).to_contain_text("已关门")
    expect(row).to_contain_text("设备检修")
    expect(row).to_contain_text("明天")
    worker.shoot("story-worker-sees-closed-today")
    expect(saved(manager.page)).to_contain_text("工人现在看到：现在关门（设备检修），明天")
    manager.shoot("story-manager-closed-today")
    # a list of what is open does not send anybody there
    expect(ask("现在开放")).to_have_count(0)

    dated = manager.page.get_by_role("region", name="临时关闭与加开", exact=True)
    with manager.page.expect_response("**/closures/**"):
        dated.get_by_role("button", name="现在结束").click()
    expect(ask("不限")).to_contain_text("24 小时开放")
    assert worker.axe() == []
