"""What a long job is doing, on stderr; nothing where nobody is looking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from geoapi.commands.terminal import Terminal
from geoapi.errors import Words
from loaders.load import Progress as Tell

console = Terminal(stderr=True)


@contextmanager
def shown_progress() -> Iterator[Tell]:
    """A function that jobs tell what they do; a bar while the share done is known, a spinner while not."""
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    ) as bar:  # fmt: skip
        task = bar.add_task("…", total=None)

        def tell(step: Words, share: float | None) -> None:
            bar.update(
                task,
                description=f"{step.zh} {step.en}",
                total=None if share is None else 1.0,
                completed=share or 0,
            )

        yield tell
