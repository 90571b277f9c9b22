"""A listener between browser and service: everything that leaves the phone, whoever of the page sends it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_CHUNK = 65536


@dataclass(frozen=True)
class Heard:
    """One request as it was sent: its first line and headers, and its body."""

    head: str
    body: str

    @property
    def method(self) -> str:
        return self.head.split(" ", 1)[0]

    @property
    def address(self) -> str:
        return self.head.split(" ", 2)[1]


@dataclass
class Listener:
    url: str
    _streams: list[bytearray] = field(default_factory=list)

    def requests(self) -> list[Heard]:
        """Everything that was asked so far, over all connections."""
        return [one for stream in self._streams for one in _requests(bytes(stream))]


def _requests(stream: bytes) -> Iterator[Heard]:
    while b"\r\n\r\n" in stream:
        head, stream = stream.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        assert "transfer-encoding" not in fields, "a body of unknown length"
        length = int(fields.get("content-length", 0))
        yield Heard("\n".join(lines), stream[:length].decode("utf-8", "replace"))
        stream = stream[length:]


@contextmanager
def listening(service: str) -> Iterator[Listener]:
    """Passes on to the service at this address whatever comes, and writes down what was asked."""
    there = urlsplit(service)
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = Listener(f"http://127.0.0.1:{server.getsockname()[1]}")

        def accept() -> None:
            with suppress(OSError):
                while True:
                    asker, _ = server.accept()
                    service_side = socket.create_connection((there.hostname or "", there.port or 80))
                    stream = bytearray()
                    listener._streams.append(stream)
                    _start(asker, service_side, stream)
                    _start(service_side, asker, None)

        threading.Thread(target=accept, daemon=True).start()
        yield listener
        # wakes the one who waits for more
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


def _start(source: socket.socket, sink: socket.socket, heard: bytearray | None) -> None:
    def pump() -> None:
        with suppress(OSError), source:
            while chunk := source.recv(_CHUNK):
                if heard is not None:
                    heard.extend(chunk)
                sink.sendall(chunk)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    threading.Thread(target=pump, daemon=True).start()
