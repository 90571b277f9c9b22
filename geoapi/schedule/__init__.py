"""What is open when, worked out ahead and kept current.

Stations with the same rules, calendar, zone, exceptions and overrides share one
schedule. `refresh` looks at what has changed since it last ran (triggers keep the list),
gives each changed station its schedule, computes the intervals of the schedules that
need it, and moves the window on as days pass.
"""

from geoapi.schedule.refresh import RefreshReport, refresh
from geoapi.schedule.window import Window, window_at

__all__ = ["RefreshReport", "Window", "refresh", "window_at"]
