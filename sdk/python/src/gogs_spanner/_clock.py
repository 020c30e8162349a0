"""The time, passed in so that tests can move it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Protocol


@dataclass(frozen=True)
class Moment:
    """An instant by both clocks of a machine: the one people set, and the one that only goes forward.

    The first is wrong where somebody sets it, the second stands still while the machine sleeps. Something has ended as
    soon as either says so.
    """

    wall: float
    steady: float

    def after(self, seconds: float) -> Moment:
        """So many seconds later."""
        return Moment(self.wall + seconds, self.steady + seconds)

    def reaches(self, other: Moment) -> bool:
        """Whether it is that late, by either clock."""
        return self.wall >= other.wall or self.steady >= other.steady

    @property
    def time(self) -> datetime:
        """The same for people."""
        return datetime.fromtimestamp(self.wall, timezone.utc)


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> Moment:
        """Now."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> Moment:
        return Moment(time.time(), time.monotonic())
