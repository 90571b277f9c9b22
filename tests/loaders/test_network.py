"""Walking networks: from an extract to the tables, again, and what is wrong with a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
import osmium.osm.mutable as osm
import psycopg
import pytest
import shapely
import typer
from typer.testing import CliRunner

from geoapi.commands import load_network as command
from geoapi.coverage.network import WalkNetwork
from geoapi.coverage.street_ranks import StreetRank
from geoapi.coverage.walk import WalkModel
from geoapi.errors import InvalidInput, UnreadableFile
from loaders import network_squares
from loaders.network import load_network
from loaders.network_extract import Extract, read_extract
from tests.conftest import SHARED_DATA, needs_shared_data

Tags = Mapping[str, str]
STEP = 0.001
"""degrees between neighbours of the grid that the tests draw on: node 23 is two steps east, three north"""

STREET = {"highway": "residential"}
PORTO_ALEGRE = SHARED_DATA / "roads" / "porto_alegre.osm.pbf"

app = typer.Typer()
app.command("load-network")(command.load_network)
app.callback()(lambda: None)
run = CliRunner().invoke


def pbf(
    folder: Path,
    ways: Sequence[tuple[Sequence[int], Tags]],
    *,
    node_tags: Mapping[int, Tags] | None = None,
    relations: Sequence[tuple[Sequence[int], Tags]] = (),
    absent: Sequence[int] = (),
    as_of: str | None = None,
    name: str = "t.osm.pbf",
) -> Path:
    """An extract with ways 1, 2 … along nodes of the grid, and relations of those ways."""
    path = folder / name
    header = osmium.io.Header()
    if as_of:
        header.set("osmosis_replication_timestamp", as_of)
    with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
        for node in sorted({node for nodes, _ in ways for node in nodes} - set(absent)):
            place = (116.4 + STEP * (node // 10), 39.9 + STEP * (node % 10))
            writer.add_node(osm.Node(id=node, location=place, tags=(node_tags or {}).get(node, {})))
        for number, (nodes, tags) in enumerate(ways, 1):
            writer.add_way(osm.Way(id=number, nodes=list(nodes), tags=tags))
        for number, (members, tags) in enumerate(relations, 1):
            writer.add_relation(
                osm.Relation(id=number, members=[("w", member, "outer") for member in members], tags=tags)
            )
    return path


def edges(extract: Extract) -> list[tuple[int, int, str]]:
    """The edges between grid nodes: "-" both ways, ">" one way; from the lower node where it is both."""
    node = np.round((extract.lon - 116.4) / STEP) * 10 + np.round((extract.lat - 39.9) / STEP)
    found = [
        (int(node[tail]), int(node[head]), "-" if both else ">")
        for tail, head, both in zip(extract.tail, extract.head, extract.both_ways, strict=True)
    ]
    return sorted((*sorted(one[:2]), "-") if one[2] == "-" else one for one in found)


def ranks(extract: Extract) -> dict[tuple[int, int], int]:
    """The rank of each edge by its grid nodes, the lower first."""
    node = np.round((extract.lon - 116.4) / STEP) * 10 + np.round((extract.lat - 39.9) / STEP)
    ends = np.sort(np.column_stack((node[extract.tail], node[extract.head])), axis=1).astype(int)
    return {
        (one, other): rank for (one, other), rank in zip(ends.tolist(), extract.rank.tolist(), strict=True)
    }


def test_edges_lie_between_neighbouring_nodes(tmp_path: Path) -> None:
    extract = read_extract(pbf(tmp_path, [([11, 12, 13], STREET), ([12, 22], {"highway": "steps"})]))
    assert edges(extract) == [(11, 12, "-"), (12, 13, "-"), (12, 22, "-")]
    assert (extract.lon.size, extract.ways, extract.as_of) == (4, 2, None)
    # 0.001° of latitude and of longitude at 39.9° N, on the spheroid
    assert sorted(extract.length_m.round(1).tolist()) == [85.5, 111.0, 111.0]


def test_nodes_that_nobody_walks_are_left_out(tmp_path: Path) -> None:
    extract = read_extract(pbf(tmp_path, [([11, 12], STREET), ([12, 13], {"highway": "motorway"})]))
    assert edges(extract) == [(11, 12, "-")]
    assert extract.lon.size == 2


def test_directions(tmp_path: Path) -> None:
    up, down = {"highway": "steps", "conveying": "forward"}, {"highway": "steps", "conveying": "backward"}
    extract = read_extract(
        pbf(
            tmp_path,
            [
                ([11, 12], up), ([21, 22], down), ([31, 32], {**STREET, "oneway": "yes"}),
                # two escalators over the same nodes against each other, and one beside a stair
                ([41, 42], up), ([41, 42], down), ([51, 52], up), ([52, 51], {"highway": "steps"}),
            ],
        )
    )  # fmt: skip
    assert edges(extract) == [
        (11, 12, ">"), (22, 21, ">"), (31, 32, "-"), (41, 42, "-"), (51, 52, "-"),
    ]  # fmt: skip


def test_ways_over_the_same_nodes_are_there_once(tmp_path: Path) -> None:
    ways = [([11, 12, 12, 13], STREET), ([13, 12, 11], {"highway": "footway"}), ([11, 12, 11], STREET)]
    assert edges(read_extract(pbf(tmp_path, ways))) == [(11, 12, "-"), (12, 13, "-")]


def test_what_edges_are_to_a_map(tmp_path: Path) -> None:
    steps, avenue = {"highway": "steps", "oneway": "yes"}, {"highway": "secondary_link"}
    ways = [
        ([11, 12], STREET), ([12, 13], steps), ([13, 14], avenue),
        # over the same nodes, in either direction and order, the one that matters most counts
        ([21, 22], steps), ([22, 21], STREET), ([31, 32], avenue), ([31, 32], STREET), ([31, 32], steps),
        ([1, 41], STREET), ([41, 42, 52, 41], SQUARE), ([52, 63], STREET),
    ]  # fmt: skip
    extract = read_extract(pbf(tmp_path, ways))
    assert ranks(extract) == {
        (11, 12): 2, (12, 13): 3, (13, 14): 1, (21, 22): 2, (31, 32): 1,
        (1, 41): 2, (41, 42): 2, (42, 52): 2, (41, 52): 2, (52, 63): 2,
    }  # fmt: skip


def test_lines_across_a_square_are_paths(tmp_path: Path) -> None:
    extract = read_extract(pbf(tmp_path, [(OUTER, SQUARE), ([1, 11], STREET), ([33, 44], STREET)]))
    assert ranks(extract)[11, 33] == StreetRank.PATH
    assert [rank for pair, rank in ranks(extract).items() if pair != (11, 33)] == [StreetRank.STREET] * 10


def test_squares_are_walked_round(tmp_path: Path) -> None:
    relation = {"type": "multipolygon", "highway": "pedestrian"}
    ways: list[tuple[list[int], Tags]] = [
        ([11, 12, 22, 11], SQUARE),
        # outlines of a square that only the relation makes one; two of them are something else besides
        ([51, 52], {}), ([52, 62, 51], {"barrier": "fence"}), ([62, 72], {"highway": "motorway"}),
        ([81, 82], {}),
    ]  # fmt: skip
    extract = read_extract(
        pbf(
            tmp_path,
            ways,
            relations=[([2, 3, 4], relation), ([5], {"type": "multipolygon", "natural": "water"})],
        )
    )
    assert edges(extract) == [
        (11, 12, "-"), (11, 22, "-"), (12, 22, "-"), (51, 52, "-"), (51, 62, "-"), (52, 62, "-"),
    ]  # fmt: skip


SQUARE = {"highway": "pedestrian", "area": "yes"}
OUTER = [11, 12, 13, 23, 33, 32, 31, 21, 11]


def crossings(
    folder: Path, outline: Sequence[int], *more: Sequence[int], **relation: str
) -> set[tuple[int, int]]:
    """The edges across a square: those that no way and no outline draws."""
    ways = [(outline, {} if relation else SQUARE), *((line, {} if relation else STREET) for line in more[:1])]
    ways += [(line, STREET) for line in more[1:]]
    members = [([1, 2], {"type": "multipolygon", **relation})] if relation else []
    extract = read_extract(pbf(folder, ways, relations=members))
    drawn = {frozenset(pair) for nodes, _ in ways for pair in pairwise(nodes)}
    return {one[:2] for one in edges(extract) if frozenset(one[:2]) not in drawn}


def test_a_square_is_crossed_from_way_to_way(tmp_path: Path) -> None:
    assert crossings(tmp_path, OUTER, [1, 11], [33, 44]) == {(11, 33)}
    assert crossings(tmp_path, OUTER, [1, 11], [33, 44], [23, 24]) == {(11, 33), (11, 23)}
    # one way in, or none: nothing to cross to
    assert crossings(tmp_path, OUTER, [1, 11]) == set()


def test_round_the_corner_of_a_square(tmp_path: Path) -> None:
    # the letter L: its ends do not see each other, but both are in sight of the corner at 22
    bent = [11, 12, 13, 23, 22, 32, 31, 21, 11]
    assert crossings(tmp_path, bent, [23, 24], [31, 41]) == {(22, 31)}


def test_a_hole_in_a_square_is_walked_round(tmp_path: Path) -> None:
    # drawn as a relation with a pond in the middle, which hides the far corner
    outer, pond = [11, 14, 44, 41, 11], [22, 23, 33, 32, 22]
    across_it = crossings(tmp_path, outer, pond, [1, 11], [44, 55], highway="pedestrian")
    assert (11, 44) not in across_it
    assert {(11, 22), (11, 23), (11, 32), (33, 44), (23, 44), (32, 44)} <= across_it


def test_an_outline_that_is_not_whole_is_a_line(tmp_path: Path) -> None:
    assert crossings(tmp_path, OUTER[:-1], [1, 11], [33, 44]) == set()
    extract = read_extract(
        pbf(tmp_path, [(OUTER, SQUARE), ([1, 11], STREET), ([33, 44], STREET)], absent=[12])
    )
    assert (11, 33, "-") not in edges(extract)


def test_a_square_with_too_many_corners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bent = [11, 12, 13, 23, 22, 32, 31, 21, 11]
    monkeypatch.setattr(network_squares, "MOST_CORNERS", 2)
    assert crossings(tmp_path, bent, [23, 24], [31, 41]) == set()
    assert crossings(tmp_path, bent, [11, 1], [22, 24]) == {(11, 22)}
    monkeypatch.setattr(network_squares, "MOST_CORNERS", 1)
    assert crossings(tmp_path, bent, [11, 1], [22, 24]) == set()


def test_a_closed_gate_parts_the_way(tmp_path: Path) -> None:
    gates = {12: {"barrier": "gate", "access": "private"}, 13: {"barrier": "gate"}}
    extract = read_extract(pbf(tmp_path, [([11, 12, 13, 14], STREET), ([12, 22], STREET)], node_tags=gates))
    assert edges(extract) == [(11, 12, "-"), (12, 13, "-"), (12, 22, "-"), (13, 14, "-")]
    network = WalkNetwork(
        extract.lon, extract.lat, extract.tail, extract.head, extract.length_m, extract.both_ways
    )
    # the gate is the end of three ways, none of which leads through it
    assert (network.nodes, network.islands, extract.closed_barriers) == (7, 3, 1)


def test_ways_at_the_edge_of_an_extract(tmp_path: Path) -> None:
    extract = read_extract(pbf(tmp_path, [([11, 12, 13, 14], STREET)], absent=[13]))
    assert edges(extract) == [(11, 12, "-")]
    assert extract.missing_nodes == 1


def test_the_day_of_the_data(tmp_path: Path) -> None:
    path = pbf(tmp_path, [([11, 12], STREET)], as_of="2026-03-01T21:20:55Z")
    assert read_extract(path).as_of == date(2026, 3, 1)


def test_loaded_replaced_and_left_alone(conn: psycopg.Connection, tmp_path: Path) -> None:
    path = pbf(tmp_path, [([11, 12, 13], STREET), ([31, 32], STREET)], as_of="2026-03-01T00:00:00Z")
    first = load_network(conn, path, code="town", source="a survey")
    assert (first.nodes, first.edges, first.islands, first.largest_share) == (5, 3, 2, 0.6)
    assert first.changed
    when = conn.execute("SELECT loaded_at, xmin FROM network").fetchall()
    again = load_network(conn, path, code="town", source="a survey")
    assert again.as_dict() == {**first.as_dict(), "changed": False}
    assert conn.execute("SELECT loaded_at, xmin FROM network").fetchall() == when
    other = load_network(conn, path, code="other")
    assert (other.source, other.nodes) == ("t.osm.pbf", 5)

    pbf(tmp_path, [([11, 12], {"highway": "steps", "oneway": "yes"})])
    third = load_network(conn, path, code="town", source="a survey")
    assert (third.changed, third.nodes, third.one_way_edges, third.as_of) == (True, 2, 1, None)
    [row] = conn.execute(
        """SELECT id, source, as_of, nodes, edges, islands, largest_share, ST_AsBinary(bounds), report
           FROM network WHERE code = 'town'"""
    ).fetchall()
    assert row[1:7] == ("a survey", None, 2, 1, 1, 1.0)
    assert shapely.from_wkb(row[7]).covers(shapely.linestrings([(116.401, 39.901), (116.401, 39.902)]))
    assert row[8] == json.loads(json.dumps(third.as_dict(), default=str))
    nodes = "SELECT node, lon, lat FROM network_node WHERE network_id = %s ORDER BY node"
    assert conn.execute(nodes, row[:1]).fetchall() == [(0, 116.401, 39.901), (1, 116.401, 39.902)]
    edge = "SELECT tail, head, round(length_m), both_ways, rank FROM network_edge WHERE network_id = %s"
    assert conn.execute(edge, row[:1]).fetchall() == [(0, 1, 111.0, False, 3)]
    # the other network stands
    assert conn.execute("SELECT count(*) FROM network_node").fetchone() == (2 + 5,)


@pytest.mark.parametrize(
    "content", [b"", b"hello\n" * 99, b"\0\0\0\x0d\x0a\x09OSMHeader\x18\x10", b"<osm></osm>"]
)
def test_a_file_that_is_no_pbf(conn: psycopg.Connection, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.osm.pbf"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"no sound OSM PBF|no way that can be walked"):
        load_network(conn, path, code="x")
    assert conn.execute("SELECT count(*) FROM network").fetchone() == (0,)


def test_a_truncated_file_leaves_the_network_as_it_was(conn: psycopg.Connection, tmp_path: Path) -> None:
    path = pbf(tmp_path, [([11, 12, 13], STREET)])
    load_network(conn, path, code="town")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableFile, match="no sound OSM PBF"):
        load_network(conn, path, code="town")
    assert conn.execute("SELECT nodes FROM network").fetchone() == (3,)


@pytest.mark.parametrize(
    "ways", [[([11, 12], {"highway": "motorway"})], [([11, 12], {"building": "yes"})], [([11], STREET)], []]
)
def test_nothing_to_walk_on(tmp_path: Path, ways: list[tuple[list[int], Tags]]) -> None:
    with pytest.raises(UnreadableFile, match="no way that can be walked"):
        read_extract(pbf(tmp_path, ways))


def test_ways_without_their_nodes(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no way that can be walked"):
        read_extract(pbf(tmp_path, [([11, 12], STREET)], absent=[11, 12]))


def test_missing_files_and_folders(tmp_path: Path) -> None:
    for path in (tmp_path / "none.osm.pbf", tmp_path):
        with pytest.raises(UnreadableFile, match="cannot open"):
            read_extract(path)


@pytest.mark.parametrize("code", ["", "Town", "1a", "a-b", "a b", "城"])
def test_codes(conn: psycopg.Connection, tmp_path: Path, code: str) -> None:
    with pytest.raises(InvalidInput, match="no code"):
        load_network(conn, pbf(tmp_path, [([11, 12], STREET)]), code=code)


def test_the_command(db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOAPI_DATABASE_URL", db_url)
    arguments = ["load-network", str(pbf(tmp_path, [([11, 12, 13], STREET)])), "--code", "town"]
    result = run(app, [*arguments, "--source", "a survey", "--json"])
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert list(report) == [
        "code", "source", "as_of", "nodes", "edges", "one_way_edges", "length_km", "islands", "largest_share",
        "bounds", "ways", "closed_barriers", "missing_nodes", "changed",
    ]  # fmt: skip
    assert (report["nodes"], report["edges"], report["bounds"]) == (3, 2, [116.401, 39.901, 116.401, 39.903])
    assert run(app, arguments).exit_code == 0
    with psycopg.connect(db_url) as conn:
        assert conn.execute("SELECT code, source FROM network").fetchall() == [("town", "t.osm.pbf")]
    (tmp_path / "bad.osm.pbf").write_bytes(b"no")
    failed = run(app, ["load-network", str(tmp_path / "bad.osm.pbf"), "--code", "town"])
    assert isinstance(failed.exception, UnreadableFile)


@needs_shared_data
def test_porto_alegre() -> None:
    extract = read_extract(PORTO_ALEGRE)
    network = WalkNetwork(
        extract.lon, extract.lat, extract.tail, extract.head, extract.length_m, extract.both_ways
    )
    # 40,153 nodes and 98.7 % for rules that let walkers through private ways and gates
    assert 38_000 < network.nodes < 41_000
    assert network.largest_share > 0.975
    assert extract.length_m.max() < 1000
    # the five escalators that say which way they run
    assert int(np.sum(~extract.both_ways)) == 5
    random = np.random.default_rng(1)
    some = random.choice(network.nodes, 200, replace=False)
    lon, lat = network.lon[some], network.lat[some]
    model = WalkModel(network)
    walked = model.reach(lon, lat, lon, lat, np.inf).toarray()
    straight = np.array(
        [[osmium.geom.haversine_distance(osmium.osm.Location(*one), osmium.osm.Location(*other))
          for other in zip(lon, lat, strict=True)] for one in zip(lon, lat, strict=True)]
    )  # fmt: skip
    known = (walked > 0) & (straight > 300)
    # a walk is no shorter than the straight line (the sphere may be 0.6 % off), and rarely twice as long
    factor = walked[known] / straight[known]
    assert factor.min() > 0.994
    assert 1.2 < np.median(factor) < 1.4
    assert np.percentile(factor, 99) < 2.5
