"""How the built pages are sent: compressed as asked, kept as long as they may be, under their policy."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from geoapi.api.pages import policy_of_pages
from geoapi.coverage.runners import inline
from geoapi.settings import DatabaseSettings, ServiceSettings, Settings
from tests.api.conftest import Running, running
from tests.conftest import clone

PAGE = "<!doctype html><title>页</title>" + "<p>一</p>" * 200
SCRIPT = "export const a = 1;\n" * 100


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small build: the compressed files say which they are, so that a test sees which was sent."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "assets").mkdir()
    (folder / "icons").mkdir()
    for name in ("index.html", "plan.html", "manage.html", "sw.js", "manifest.webmanifest", "assets/a-1f.js"):
        content = SCRIPT if name.endswith(".js") else PAGE
        (folder / name).write_text(content, "utf-8")
        (folder / f"{name}.gz").write_bytes(gzip.compress(content.encode()))
        (folder / f"{name}.br").write_bytes(b"brotli of " + name.encode())
    (folder / "icons" / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", "utf-8")
    (folder.parent / "secret.txt").write_text("not yours", "utf-8")
    return folder


@pytest.fixture(scope="module")
def client(server_url: str, built: Path) -> Iterator[httpx.Client]:
    settings = Settings(database=DatabaseSettings(pool_size=2), service=ServiceSettings(web_dir=built))
    with (
        clone(server_url) as database_url,
        running(database_url, settings, keep_schedule=False, runner=inline) as url,
        httpx.Client(base_url=url, headers={"Accept-Encoding": "identity"}) as client,
    ):
        yield client


@pytest.mark.parametrize("address", ["/", "/plan", "/manage"])
def test_a_page_is_html_under_the_policy_of_pages_and_asked_about_each_time(
    client: httpx.Client, address: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.text == PAGE
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers.get_list("content-security-policy") == [policy_of_pages()]
    again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["cache-control"] == "no-cache"
    assert again.headers["vary"] == "Accept-Encoding"


def test_assets_are_kept_for_ever_and_the_service_worker_is_not(client: httpx.Client) -> None:
    assert client.get("/assets/a-1f.js").headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/icons/icon.svg").headers["cache-control"] == "no-cache"
    worker = client.get("/sw.js")
    assert worker.headers["cache-control"] == "no-cache"
    assert worker.headers["content-type"].startswith("text/javascript")
    # what it fetches it fetches under this policy, not the page's
    assert worker.headers["content-security-policy"] == policy_of_pages()


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("BR;q=1.0, gzip", "br"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0.000, br; q=0", None),
        ("gzip; q = 0", None),
        ("identity", None),
        ("", None),
        ("gzipped, brr", None),
        (";;,=,", None),
    ],
)
def test_what_was_compressed_is_sent_to_whoever_can_read_it(
    client: httpx.Client, built: Path, accepted: str, sent: str | None
) -> None:
    with client.stream("GET", "/assets/a-1f.js", headers={"Accept-Encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())
    suffix = {"br": ".br", "gzip": ".gz", None: ""}[sent]
    assert answer.headers.get("content-encoding") == sent
    assert raw == (built / "assets" / f"a-1f.js{suffix}").read_bytes()
    assert answer.headers["content-length"] == str(len(raw))
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["vary"] == "Accept-Encoding"


def test_encodings_have_tags_of_their_own(client: httpx.Client) -> None:
    tags = {
        client.head("/", headers={"Accept-Encoding": encoding}).headers["etag"]
        for encoding in ("identity", "gzip", "br")
    }
    assert len(tags) == 3


@pytest.mark.parametrize(
    "address",
    [
        "/assets/../index.html.gz", "/assets/%2e%2e/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt",
        "/assets//etc/passwd", "/assets/", "/assets", "/assets/missing.js", "/icons/%00",
        "/index.html", "/plan/", "/sw.js.gz",
    ],
)  # fmt: skip
def test_nothing_else_is_to_be_had(client: httpx.Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404, address
    assert answer.headers["content-type"] == "application/problem+json"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_page_takes_get_and_head_alone(client: httpx.Client) -> None:
    assert client.head("/").status_code == 200
    assert client.head("/").content == b""
    refused = client.post("/plan", json={})
    assert refused.status_code == 405
    assert refused.headers["content-type"] == "application/problem+json"


def test_pages_that_are_not_built_say_how_to_build_them(server_url: str, tmp_path: Path) -> None:
    settings = Settings(database=DatabaseSettings(pool_size=2), service=ServiceSettings(web_dir=tmp_path))
    with (
        clone(server_url) as database_url,
        running(database_url, settings, keep_schedule=False, runner=inline) as url,
    ):
        answer = httpx.get(f"{url}/", params={"lang": "en"})
        assert answer.status_code == 503
        assert "make web" in answer.text
        # and the service is none the worse for it
        assert httpx.get(f"{url}/v1/kinds").status_code == 200


def test_the_policy_names_the_hosts_of_a_base_map_and_no_others() -> None:
    policy = policy_of_pages(also_connect=("https://tiles.example",))
    assert "connect-src 'self' https://tiles.example;" in policy
    assert "img-src 'self' data: blob: https://tiles.example;" in policy
    assert "unsafe" not in policy
    assert "https:" not in policy_of_pages()


def test_the_service_as_tests_know_it_has_pages(service: Running) -> None:
    assert service.get("/").status_code == 200
