"""When samples were made, as instants: texts of different zones and precision don't sort by time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from harness.telemetry.sample import Sample

LONG_AGO = datetime.min.replace(tzinfo=UTC)
"""Where samples without a time are put: before all others."""
AHEAD = timedelta(days=1)
"""How far clocks may differ; what is said to be made later than that wasn't."""


def instant(text: str | None) -> datetime | None:
    """The instant an ISO 8601 time names, in UTC, which it is in without a zone; None where it names none."""
    try:
        found = datetime.fromisoformat(text or "")
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def moment(sample: Sample, now: datetime | None = None) -> datetime | None:
    """When a sample was made; None where it doesn't say, or says a time more than a day after `now`."""
    return believed(instant(sample.timestamp), now)


def believed(found: datetime | None, now: datetime | None) -> datetime | None:
    """An instant, None where it lies more than a day after `now`; without `now` every one is believed."""
    ahead = found is not None and now is not None and found - now > AHEAD
    return None if ahead else found
