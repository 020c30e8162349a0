"""A clock that moves when it is told to."""

from __future__ import annotations

from datetime import datetime, timezone

from gogs_spanner import Moment

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=timezone.utc)


class ManualClock:
    def __init__(self, at: datetime = NOW) -> None:
        self._now = Moment(at.timestamp(), 1000.0)

    def now(self) -> Moment:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now = self._now.after(seconds)

    def set_wall(self, seconds: float) -> None:
        """Somebody sets the clock of the machine by so much."""
        self._now = Moment(self._now.wall + seconds, self._now.steady)
