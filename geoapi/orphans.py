"""Processes that outlive the one they work for."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.connection import wait
from typing import Final

LEFT_TO_FINISH_S: Final = 2.0
"""How long a worker may take to end by itself once its parent is gone."""


def end_with_parent() -> None:
    """End this process when the one that started it by `multiprocessing` is gone, however it went.

    A killed parent tells its children nothing, and they would keep its port. SIGTERM first, so that what
    is under way is answered; then an end without ceremony. Does nothing in a process without such a parent.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        wait([sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(LEFT_TO_FINISH_S)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
