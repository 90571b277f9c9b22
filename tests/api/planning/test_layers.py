"""What can be asked about: demand layers and walking networks."""

from __future__ import annotations

import psycopg

from geoapi.api.planning.answers import DemandLayerList, NetworkList
from tests.api.planning.conftest import Planning


def test_the_layers_there_are(planning: Planning) -> None:
    found = planning.ask("/v1/demand-layers")
    DemandLayerList.model_validate(found)
    assert [layer["layer"] for layer in found["items"]] == ["people"]


def test_the_networks_there_are(planning: Planning) -> None:
    with psycopg.connect(planning.database_url) as conn:
        conn.execute(
            """INSERT INTO network (code, source, nodes, edges, islands, largest_share, bounds, fingerprint)
               VALUES ('far_away', 'test', 2, 1, 1, 1.0, ST_MakeEnvelope(1, 1, 2, 2, 4326), 'x')"""
        )
    found = planning.ask("/v1/networks")
    NetworkList.model_validate(found)
    assert [network["code"] for network in found["items"]] == ["far_away"]
    problem = planning.refused(
        422, "/v1/districts/110000/coverage", model="walk", network="far_away", lang="en"
    )
    assert (problem["field"], "somewhere else" in problem["detail"]) == ("network", True)
