"""What a worker process of `geoapi serve` runs. Imports little: it must soon notice when its parent ends."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from geoapi.orphans import end_with_parent

if TYPE_CHECKING:
    from fastapi import FastAPI


def application() -> FastAPI:
    """The application, whose settings are in the environment."""
    # until it is loaded it has the port already: first of all, see to letting go of it
    end_with_parent()
    # what importing makes stays for good: looking through it for garbage took a sixth of the start
    gc.disable()
    from geoapi.app import create_app
    from geoapi.settings import Settings

    settings = Settings()
    assert settings.database.service_database_url is not None
    application = create_app(settings, settings.database.service_database_url)
    gc.freeze()
    gc.enable()
    return application
