"""A route that does nothing, served as the service is: what FastAPI itself can do on this core."""

from __future__ import annotations

from fastapi import FastAPI

app = FastAPI()


@app.get("/bare")
async def bare() -> dict[str, str]:
    return {"open_state": "unknown"}
