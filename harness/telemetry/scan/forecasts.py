"""What follows from a row's deliverables: how many there are, and what profiles predict from them today."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from harness.telemetry.profile import Profile, TableProfile
from harness.telemetry.sample import (
    KEPT_CHARACTERS,
    KEPT_DELIVERABLES,
    Count,
    DeliverableRecord,
    GoalRecord,
    tells_all,
    told_facts,
)
from harness.telemetry.scan.block import UNKNOWN, Hashes, Numbers
from harness.telemetry.scan.dictionary import dictionary
from harness.telemetry.scan.signatures import Signatures
from harness.telemetry.today import Told, expect_again

Forecast = tuple[int, ...]
"""The number of deliverables, then of each profile the tokens and both bounds, or UNKNOWN."""

DELIVERABLES = "deliverables"
_MOST_KNOWN = 1 << 17
"""Forecasts that are kept; in a file with more of them, the others are made again where they come again."""
_MANY = 2000
_KEY = b'":'

# As strict as the reader, which doesn't take "2" for a count.
_count: TypeAdapter[int | None] = TypeAdapter(Count | None, config=ConfigDict(strict=True))
_texts: TypeAdapter[tuple[str, ...]] = TypeAdapter(
    Annotated[
        tuple[Annotated[str, Field(max_length=KEPT_CHARACTERS)], ...], Field(max_length=KEPT_DELIVERABLES)
    ]
)
_records: TypeAdapter[tuple[DeliverableRecord, ...]] = TypeAdapter(
    Annotated[tuple[DeliverableRecord, ...], Field(max_length=KEPT_DELIVERABLES)]
)
_goal = TypeAdapter(GoalRecord | None)


def columns_of(profile: int) -> tuple[str, str, str]:
    """The names of the columns with what a profile predicts: tokens, lower and upper bound."""
    return f"now-{profile}", f"now-lower-{profile}", f"now-upper-{profile}"


class Forecasts:
    """The forecasts of some profiles, by the hash of all they are made from."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self._profiles = profiles
        tables = [profile for profile in profiles if isinstance(profile, TableProfile)]
        self._signatures = Signatures(tables) if len(tables) == len(profiles) else None
        self._known: dict[int, Forecast | None] = {}
        own = (name for number in range(len(profiles)) for name in columns_of(number))
        self.names = (DELIVERABLES, *own)

    def __len__(self) -> int:
        return len(self._known)

    @property
    def signatures(self) -> Signatures | None:
        """What tells lists of deliverables apart that differ for the profiles, where it pays: for many."""
        return self._signatures if len(self._known) > _MANY else None

    def of(self, category: str, complexity: str, told: Told) -> Forecast:
        """The forecast of one row."""
        values = [told.count]
        for profile in self._profiles:
            expected = expect_again(profile, category, complexity, told)
            values += [UNKNOWN if value is None else value for value in expected or (None,) * 3]
        return tuple(values)

    def columns(
        self, hashes: Hashes, read: Callable[[int], Forecast | None]
    ) -> tuple[dict[str, Numbers], NDArray[np.bool_]]:
        """(the columns of rows by name, which rows have a forecast); `read` makes that of a row, or None."""
        different, index, rows = dictionary(hashes)
        none = (UNKNOWN,) * len(self.names)
        found = []
        for value, row in zip(different.tolist(), rows.tolist(), strict=True):
            if value in self._known:
                forecast = self._known[value]
            else:
                forecast = read(row)
                if len(self._known) < _MOST_KNOWN:
                    self._known[value] = forecast
            found.append(forecast)
        table = np.array([none if one is None else one for one in found], dtype=np.int64)
        refused = np.array([one is None for one in found], dtype=np.bool_)
        table = table.reshape(len(found), len(none))
        return {name: table[:, n][index] for n, name in enumerate(self.names)}, ~refused[index]


def told_in(spans: Mapping[str, bytes]) -> Told | None:
    """What the values of a row tell, as they stand there; None where the reader has to look at them.

    Of texts that have neither quotes nor backslashes in them, so that keys can be counted.
    """
    try:
        texts = _texts.validate_json(spans["deliverables"])
        count = _count.validate_json(spans.get("deliverable_count", b"null"))
        records = _records.validate_json(spans.get("deliverable_facts", b"[]"))
        goal = _goal.validate_json(spans.get("goal_facts", b"null"))
    except ValidationError:
        return None
    keys = sum(len(record.model_fields_set) for record in (*records, *([goal] if goal else [])))
    if keys != sum(span.count(_KEY) for span in spans.values()):
        return None  # one stands twice
    if count is not None and count < len(texts):
        return None
    facts = told_facts(records, texts)
    count = len(texts) if count is None else count
    return Told(facts, tells_all(facts, texts, count), count, goal.facts() if goal else None)
