"""The rows of a block of lines: most of them by templates, and the other lines as they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from harness import strict_json
from harness.telemetry.derived import TOLERANCE
from harness.telemetry.reader import Row, each_row
from harness.telemetry.sample import IMPLAUSIBLE_BELOW, Sample
from harness.telemetry.scan.block import UNKNOWN, Flags, Floats, Hashes, Numbers, mixed, narrow
from harness.telemetry.scan.dictionary import dictionary
from harness.telemetry.scan.forecasts import Forecast, Forecasts, told_in
from harness.telemetry.scan.lines import Lines
from harness.telemetry.scan.template import FEATURES, Template, template_of
from harness.telemetry.scan.values import Values
from harness.telemetry.today import Told

NAMES = {
    "predicted": "predicted_output_tokens",
    "actual": "actual_output_tokens",
    "lower": "predicted_lower_tokens",
    "upper": "predicted_upper_tokens",
    "success": "success",
    "phase_success": "phase_success",
    "truncated": "truncated",
}
"""The columns of a piece, and the keys they have in a row."""
_MOST_TEMPLATES = 16
_FEW_LINES = 8
_LOOKED_AT = 4
_TRIALS = 1000
_TRIES_PER_FIT = 50  # reading a row by itself takes so many times as long as trying a template on it
_NEAR = 1e-9
_REFUSED = -1


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows read by one template: `line` counts from 0 in their block.

    `keyed` says which have an identity, `keys` has the hashes of these.
    """

    line: Numbers
    cell: Numbers
    numbers: dict[str, Numbers]
    keys: Hashes
    keyed: Flags


@dataclass(slots=True)
class Known:
    """What has been seen so far in all blocks: templates, forecasts, and a sample for each cell.

    A cell is what rows have in common beside their deliverables and goal. `kinds` has for each cell the
    number of its category and complexity, which is all of it that a prediction is made from.
    """

    forecasts: Forecasts
    templates: list[Template] = field(default_factory=list)
    cells: list[Sample] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    _tried: list[tuple[int, int]] = field(default_factory=list)
    _cell_of: dict[int, int] = field(default_factory=dict)
    _kind_of: dict[tuple[str, str], int] = field(default_factory=dict)

    def cell(self, hashes: Hashes, read: Callable[[int], Sample | None]) -> Numbers:
        """For each row the number of its cell, or -1; `read` gives the sample of a row, if there is one."""
        different, index, rows = dictionary(hashes)
        numbers = np.empty(len(different), dtype=np.int64)
        for place, (value, row) in enumerate(zip(different.tolist(), rows.tolist(), strict=True)):
            if value not in self._cell_of:
                self._cell_of[value] = self._add(read(row))
            numbers[place] = self._cell_of[value]
        return numbers[index]

    def _add(self, sample: Sample | None) -> int:
        if sample is None:
            return _REFUSED
        kind = sample.category, sample.complexity
        self.kinds.append(self._kind_of.setdefault(kind, len(self._kind_of)))
        self.cells.append(sample)
        return len(self.cells) - 1

    def learn(self, line: bytes) -> None:
        """Remember the template that a line shows."""
        template = template_of(line)
        if template is None:
            return
        is_known = template in self.templates
        if not is_known and len(self.templates) < _MOST_TEMPLATES:
            self.templates.append(template)
            self._tried.append((0, 0))
            return
        # Where there are many, it takes the place of one that was given up; its own, if it is met again.
        for place in [self.templates.index(template)] if is_known else range(len(self.templates)):
            if not self.is_worth_trying(place):
                self.templates[place], self._tried[place] = template, (0, 0)
                return

    def count(self, template: int, rows: int, fitting: int) -> None:
        """Remember that a template was tried on rows, of which some fitted."""
        tried, fitted = self._tried[template]
        self._tried[template] = tried + rows, fitted + fitting

    def is_worth_trying(self, template: int) -> bool:
        """Whether enough rows had its form: where keys come in any order, hardly two are alike."""
        tried, fitted = self._tried[template]
        return tried < _TRIALS or fitted * _TRIES_PER_FIT >= tried


def pieces_of(lines: Lines, known: Known) -> tuple[list[Piece], list[tuple[int, bytes]]]:
    """(the rows that fit templates, the other lines, each with its number counted from 0)."""
    found: list[Piece] = []
    rest = np.arange(len(lines.ends))
    odd = np.zeros(len(rest), dtype=np.bool_)
    odd[lines.odd] = True
    tried = looked_at = 0
    while True:
        while tried < len(known.templates) and len(rest):
            if known.is_worth_trying(tried):
                piece, fits = _by_template(lines, rest, odd, known, known.templates[tried])
                known.count(tried, len(rest), len(piece.line))
                rest = rest[~fits]
                found += [piece] if len(piece.line) else []
            tried += 1
        candidates = rest[~odd[rest]]
        if looked_at == _LOOKED_AT or len(candidates) < (_FEW_LINES if known.templates else 1):
            break
        # Later tries look further on, past what is wrong with the first.
        known.learn(lines.line(int(candidates[len(candidates) * looked_at // _LOOKED_AT])))
        looked_at += 1
    return found, [(int(number), lines.line(int(number))) for number in rest]


def _by_template(
    lines: Lines, which: Numbers, odd: Flags, known: Known, template: Template
) -> tuple[Piece, Flags]:
    starts = lines.starts[which]
    forecasts = known.forecasts
    values = Values(lines.block, template, starts, lines.parking, forecasts.signatures)
    fits = values.fits & (values.at == lines.ends[which]) & ~odd[which] & _agrees(values)
    chosen = np.flatnonzero(fits)
    whole = len(chosen) == len(which)

    def line(row: int) -> bytes:
        return lines.line(int(which[chosen[row]]))

    def sample(row: int, *, cell: bool) -> Sample | None:
        return _sample(line(row), values.spans_of(int(chosen[row])), cell=cell)

    def forecast(row: int) -> Forecast | None:
        told = told_in(values.spans_of(int(chosen[row]), FEATURES))
        if told is None and (whole_row := sample(row, cell=False)):
            told = Told.by(whole_row)
        kind = known.cells[int(cell[row])]
        return forecasts.of(kind.category, kind.complexity, told) if told else None

    cell = known.cell(values.cell if whole else values.cell[chosen], lambda row: sample(row, cell=True))
    if (cell == _REFUSED).any():
        chosen, cell, whole = chosen[cell != _REFUSED], cell[cell != _REFUSED], False
    hashes = mixed(values.feature if whole else values.feature[chosen], np.array(known.kinds)[cell])
    columns, accepted = forecasts.columns(hashes, forecast)
    if not accepted.all():
        chosen, cell, whole = chosen[accepted], cell[accepted], False
        columns = {name: numbers[accepted] for name, numbers in columns.items()}
    if not whole:
        fits = np.zeros(len(which), dtype=np.bool_)
        fits[chosen] = True
    return _piece(values, which, chosen, cell, columns), fits


def _piece(
    values: Values, which: Numbers, chosen: Numbers, cell: Numbers, columns: dict[str, Numbers]
) -> Piece:
    whole = len(chosen) == len(which)
    none = np.full(len(chosen), UNKNOWN, dtype=np.int64)
    numbers = {
        name: narrow(values.numbers[key] if whole else values.numbers[key][chosen])
        if key in values.numbers
        else narrow(none)
        for name, key in NAMES.items()
    } | {name: narrow(column) for name, column in columns.items()}
    line = which if whole else which[chosen]
    keys, has_key = values.keys(chosen)
    return Piece(narrow(line), narrow(cell), numbers, keys[has_key], has_key)


def _sample(line: bytes, spans: Mapping[str, bytes], *, cell: bool) -> Sample | None:
    """The sample of a row; of a `cell`, deliverables are left out. None where the reader has any doubt."""
    try:
        for span in spans.values():
            strict_json.parse(span.decode("ascii"))
        if cell:
            fields = strict_json.parse(line.decode("ascii"))
            kept = {name: value for name, value in fields.items() if name not in FEATURES}
            line = json.dumps(kept | {"deliverables": []}).encode()
    except (ValueError, RecursionError):
        return None
    entries = list(each_row([line], "", 2))
    row = entries[0] if entries else None
    return row.sample if isinstance(row, Row) and not _miscounts(row) else None


def _miscounts(row: Row) -> bool:
    return row.stored.get("deliverable_count", row.sample.deliverable_count) != row.sample.deliverable_count


def _agrees(values: Values) -> Flags:
    """Whether stored values that follow from others are what they should be, as far as they are stored."""
    agrees = np.ones(len(values.at), dtype=np.bool_)
    names = ("implausible", "underestimated", "is_truncated_output")
    stored = {name: values.numbers[name] for name in names if name in values.numbers}
    if not stored and not values.amounts:
        return agrees
    p, a = values.numbers["predicted_output_tokens"], values.numbers["actual_output_tokens"]
    unknown = a == UNKNOWN
    if "implausible" in stored:
        agrees &= stored["implausible"] == (~unknown & (a < IMPLAUSIBLE_BELOW))
    if "underestimated" in stored:
        flag = stored["underestimated"]
        agrees &= unknown | (flag == UNKNOWN) | (flag == (a > p))
    if "is_truncated_output" in stored:
        flag = stored["is_truncated_output"]
        agrees &= (flag == UNKNOWN) | (flag == values.numbers["truncated"])
    if "smape_percent" in values.amounts:
        scale = (a + p) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            smape = np.where(scale > 0, np.abs(a - p) / scale * 100, 0.0)
        agrees &= unknown | _near(values.amounts["smape_percent"], smape)
    if "waste_ratio" in values.amounts:
        with np.errstate(divide="ignore", invalid="ignore"):
            waste = p / a
        agrees &= unknown | (a == 0) | _near(values.amounts["waste_ratio"], waste)
    return agrees


def _near(stored: Floats, value: Floats) -> Flags:
    """Whether nothing was stored, or something that surely agrees; what is close to the limit doesn't."""
    return np.isnan(stored) | (np.abs(stored - value) <= TOLERANCE - _NEAR)
