"""A synthetic CSV of many stations with its mapping, for measuring loads.

    python scripts/make_big_csv.py 200000 /tmp/big

writes /tmp/big.csv and /tmp/big.toml. The rows are the sample country's; positions are GCJ-02, as sheets
made in China have them. Made up, and the same at every making.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

from geoapi.geometry.datums import Datum, from_wgs84
from geoapi.sample.country import sample_country

MAPPING = """\
attributes = ["星级", "面积"]

[source]
name = "big"
title = "synthetic rows for measuring"

[place]
datum = "gcj02"
outside = "keep"

[id]
columns = "编号"

[columns]
name_zh = "站点名称"
kind = "类别"
address = "详细地址"
lon = "经度"
lat = "纬度"
hours = "开放时间"
amenities = "服务设施"
host = "场所类型"
host_name = "场所名称"
organisation = "管理单位"
phone = "联系电话"
access_note = "备注"
verified_at = "核实日期"
"""
HEADER = (
    "编号", "站点名称", "类别", "详细地址", "经度", "纬度", "开放时间", "服务设施", "场所类型", "场所名称",
    "管理单位", "联系电话", "备注", "星级", "面积", "核实日期",
)  # fmt: skip


def write_big_csv(rows: int, to: Path) -> None:
    """Write `to`.csv with this many rows, and `to`.toml."""
    stations = list(sample_country(rows))
    lon, lat = from_wgs84(
        np.array([one.lon for one in stations]), np.array([one.lat for one in stations]), Datum.GCJ02
    )
    with to.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        for one, x, y in zip(stations, lon.tolist(), lat.tolist(), strict=True):
            out.writerow(
                (
                    one.external_id, one.name_zh, one.kind, one.address, f"{x:.6f}", f"{y:.6f}",
                    one.hours_text,
                    "、".join(one.amenities), one.host, one.host_name, one.organisation_key, one.phone,
                    " ".join(one.access), one.stars, one.area_m2, one.verified_at,
                )
            )  # fmt: skip
    to.with_suffix(".toml").write_text(MAPPING, "utf-8")


if __name__ == "__main__":
    write_big_csv(int(sys.argv[1]), Path(sys.argv[2]))
