"""People who write without a pause, and keep a note of what they were told was done."""

from __future__ import annotations

import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.soak.city import City

HOURS = (
    "24小时",
    "每天 9:00-20:00",
    "每天 22:00-次日6:00",
    "周一至周五 9:00-17:00",
    "每天 8:00-12:00，13:00-17:00",
)
# what a phone does that has no answer: it asks again a moment later
AGAIN_AFTER_S = 0.05
CLIENT_TIMEOUT_S = 15.0


@dataclass(frozen=True)
class Edited:
    """An acknowledged PATCH: the version it made, and the value that it gave the field."""

    station: int
    version: int
    field: str
    value: str


@dataclass(frozen=True)
class Closed:
    """An acknowledged closure and the version that it made; `key` is its Idempotency-Key and its reason."""

    station: int
    version: int
    closure: int
    key: str


@dataclass(frozen=True)
class Confirmed:
    """An acknowledged "still correct" and the version that it made."""

    station: int
    version: int


@dataclass
class Notes:
    """What was acknowledged, and how often what else was said."""

    edited: list[Edited] = field(default_factory=list)
    closed: list[Closed] = field(default_factory=list)
    confirmed: list[Confirmed] = field(default_factory=list)
    # every key that a closure was asked for with, answered or not
    keys: set[str] = field(default_factory=set)
    refused: dict[str, int] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)
    # of requests that got an answer at all
    slowest_s: float = 0.0
    slowest_refusal_s: float = 0.0

    @property
    def acknowledged(self) -> int:
        return len(self.edited) + len(self.closed) + len(self.confirmed)


class Writers:
    """Threads that edit, close and confirm the city's stations until told to stop."""

    def __init__(self, city: City, url: str, *, count: int, seed: int) -> None:
        self.notes = Notes()
        self._city, self._url = city, url
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._write, args=[random.Random(f"{seed} {number}")], daemon=True)
            for number in range(count)
        ]

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self, choose: random.Random) -> None:
        headers = {"Authorization": f"Bearer {self._city.token}"}
        with httpx.Client(base_url=self._url, headers=headers, timeout=CLIENT_TIMEOUT_S) as client:
            while not self._stop.is_set():
                station = choose.choice(self._city.stations)
                what = choose.random()
                if what < 0.6:
                    self._edit(client, station, choose)
                elif what < 0.8:
                    self._confirm(client, station)
                else:
                    self._close(client, station)

    def _edit(self, client: httpx.Client, station: int, choose: random.Random) -> None:
        """PATCH, with a new look at the station for every try that came too late or to nothing."""
        number = uuid.uuid4().int % 10**8
        name = choose.choice(("phone", "hours"))
        value = f"010-{number:08}" if name == "phone" else choose.choice(HOURS)
        body = {name: value if name == "phone" else {"text": value}}
        while not self._stop.is_set():
            seen = self._ask(client, "GET", f"/v1/stations/{station}")
            if seen is None:
                continue
            done = self._ask(
                client,
                "PATCH",
                f"/v1/stations/{station}",
                json=body,
                headers={"If-Match": seen.headers["etag"]},
            )
            if done is not None:
                version = int(done.json()["version"])
                # an edit to what is there already changes nothing and makes no version
                if version != int(seen.json()["version"]):
                    with self._lock:
                        self.notes.edited.append(Edited(station, version, name, value))
                return

    def _confirm(self, client: httpx.Client, station: int) -> None:
        done = self._repeat(client, f"/v1/stations/{station}/confirm", None, str(uuid.uuid4()))
        if done is not None:
            with self._lock:
                self.notes.confirmed.append(Confirmed(station, int(done["version"])))

    def _close(self, client: httpx.Client, station: int) -> None:
        key = str(uuid.uuid4())
        with self._lock:
            self.notes.keys.add(key)
        closures = f"/v1/stations/{station}/closures"
        done = self._repeat(client, closures, {"until": "today", "reason": key}, key)
        if done is None:
            return
        with self._lock:
            self.notes.closed.append(Closed(station, done["station_version"], int(done["id"]), key))
        self._repeat(client, f"{closures}/{done['id']}/end", None, str(uuid.uuid4()))

    def _repeat(self, client: httpx.Client, path: str, body: Any, key: str) -> Any:
        """The answer to a POST, sent again under its key until there is one; None: told to stop before."""
        while not self._stop.is_set():
            more = {} if body is None else {"json": body}
            done = self._ask(client, "POST", path, headers={"Idempotency-Key": key}, **more)
            if done is not None:
                return done.json()
        return None

    def _ask(self, client: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response | None:
        """The answer where it was done; None where the service could not, or nobody knows."""
        began = time.monotonic()
        try:
            said = client.request(method, path, **more)
        except httpx.HTTPError as error:
            self._note(type(error).__name__)
            self._stop.wait(AGAIN_AFTER_S)
            return None
        took_s = time.monotonic() - began
        with self._lock:
            self.notes.slowest_s = max(self.notes.slowest_s, took_s)
        if said.is_success:
            return said
        self._note(str(said.status_code))
        if said.status_code == 503:
            with self._lock:
                self.notes.slowest_refusal_s = max(self.notes.slowest_refusal_s, took_s)
                if "retry-after" not in said.headers:
                    self.notes.unexpected.append("503 without Retry-After")
            self._stop.wait(AGAIN_AFTER_S)
        elif said.status_code != 412:
            with self._lock:
                self.notes.unexpected.append(f"{method} {path}: {said.status_code} {said.text}")
            self._stop.wait(AGAIN_AFTER_S)
        return None

    def _note(self, what: str) -> None:
        with self._lock:
            self.notes.refused[what] = self.notes.refused.get(what, 0) + 1
