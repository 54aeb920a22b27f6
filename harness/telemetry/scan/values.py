"""Reading rows by a template: a column of values after the other, and which rows don't fit."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from harness.telemetry.scan.block import (
    LONGEST,
    UNKNOWN,
    Block,
    Flags,
    Floats,
    Hashes,
    Numbers,
    digits,
    first,
    joined_keys,
    mixed,
    seeds,
    timed,
)
from harness.telemetry.scan.signatures import Signatures
from harness.telemetry.scan.template import Field, Kind, Template

Span = tuple[Numbers, Numbers]

_DIGITS = 15
_AHEAD = 16
_EMPTY = 2  # bytes, the quotes of a text
_QUOTE, _DOT, _ZERO = ord('"'), ord("."), ord("0")
_NULL = np.uint64(int.from_bytes(b"null", "little"))
_TRUE = np.uint64(int.from_bytes(b"true", "little"))
_FALSE = np.uint64(int.from_bytes(b"false", "little"))
_FOUR, _FIVE = np.uint64((1 << 32) - 1), np.uint64((1 << 40) - 1)
_TENS = np.array([10**n for n in range(9)], dtype=np.uint64)
_WANTED_AMOUNTS = ("smape_percent", "waste_ratio")


class Values:
    """The values of some lines by a template.

    `fits` says of each line whether it has the template's shape and every value its kind; what is said of
    other lines means nothing. `numbers` has counts and flags by key, UNKNOWN for null; `amounts` the derived
    values, NaN for null.
    """

    def __init__(
        self,
        block: Block,
        template: Template,
        start: Numbers,
        parking: int,
        signatures: Signatures | None,
    ) -> None:
        self._block = block
        self._parking = parking
        self._signatures = signatures
        self.at = start.copy()
        self.fits: Flags = np.ones(len(start), dtype=np.bool_)
        self.numbers: dict[str, Numbers] = {}
        self.amounts: dict[str, Floats] = {}
        self._spans: dict[str, Span] = {}
        self.cell, self.feature = seeds(len(start)), seeds(len(start))
        self._texts: dict[str, Hashes] = {}
        self._times: Span | None = None
        for field in template.fields:
            self._literal(field.before)
            _READ[field.kind](self, field)
        self._literal(template.after)

    def keys(self, which: Numbers) -> tuple[Hashes, Flags]:
        """(the hashes of the identities of these lines, which of the lines have one)."""
        attempts = self.numbers.get("attempt")
        marks = np.full(len(which), UNKNOWN) if attempts is None else attempts[which]
        has_one, marks = marks != UNKNOWN, marks.view(np.uint64)
        if not has_one.all() and self._times is not None:
            rest = np.flatnonzero(~has_one)
            at, length = self._times[0][which[rest]], self._times[1][which[rest]]
            is_time = (self._block.data[at] == _QUOTE) & (length > _EMPTY)
            rest, at = rest[is_time], at[is_time]
            _, times = self._block.texts(at, self._block.characters(at, _AHEAD), seeds(len(at)))
            tokens = (self.numbers[f"{name}_output_tokens"][which[rest]] for name in ("predicted", "actual"))
            marks[rest] = timed(times, *tokens)
            has_one[rest] = True
        runs, phases = (self._texts[name][which] for name in ("run_id", "phase_id"))
        return joined_keys(runs, phases, marks), has_one

    def spans_of(self, place: int, keys: Iterable[str] | None = None) -> dict[str, bytes]:
        """By key those values of a line of which the reader has to see one of each hash; or some of them."""
        data, found = self._block.data.data, {}
        for key in self._spans.keys() if keys is None else keys:
            if key in self._spans:
                at, size = (int(column[place]) for column in self._spans[key])
                found[key] = bytes(data[at : at + size])
        return found

    def _literal(self, text: bytes) -> None:
        """Compare a text that stands in every row, and look `_AHEAD` bytes behind it."""
        for start in range(0, len(text), 64 - _AHEAD):
            part = text[start : start + 64 - _AHEAD]
            size = next(size for size in (32, 64) if size >= len(part) + _AHEAD)
            words = self._block.words(self.at, size)
            for column in range(-(-len(part) // 8)):
                wanted = part[8 * column : 8 * column + 8]
                word = words[:, column]
                if len(wanted) < 8:
                    word = word & np.uint64((1 << 8 * len(wanted)) - 1)
                self.fits &= word == np.uint64(int.from_bytes(wanted, "little"))
            self.at = self.at + len(part)
        # As one value of that size a row, which is copied much faster than bytes one by one.
        ahead = np.ndarray((len(words),), f"V{_AHEAD}", words.data, len(part), (size,)).copy()
        self._ahead = ahead.view(np.uint8).reshape(len(words), _AHEAD)
        if not self.fits.all():
            # In a line of another form the end of a value could be looked for far and wide.
            others = np.flatnonzero(~self.fits)
            self.at[others], self._ahead[others] = self._parking, _QUOTE

    def _text(self, field: Field) -> None:
        if field.key in ("run_id", "phase_id"):
            self.fits &= self._ahead[:, 0] == _QUOTE
            length, self._texts[field.key] = self._block.texts(self.at, self._ahead, seeds(len(self.at)))
        else:
            length = self._block.length_of_texts(self.at, self._ahead)
            is_text = self._ahead[:, 0] == _QUOTE
            if not is_text.all():
                null = np.flatnonzero(~is_text)
                self.fits[null] &= field.nullable & (self._words()[null] & _FOUR == _NULL)
                length[null] = 4
            if field.key == "timestamp":
                self._times = self.at, length
        self.at = self.at + self._within(length)

    def _within(self, length: Numbers) -> Numbers:
        if len(length) and int(length.max()) >= LONGEST:
            fits = length < LONGEST
            self.fits &= fits
            length = length * fits
        return length

    def _words(self) -> NDArray[np.uint64]:
        """The first eight bytes of the value."""
        words: NDArray[np.uint64] = self._ahead.view("<u8")[:, 0]
        return words

    def _count(self, field: Field) -> None:
        words = self._ahead.view("<u8")
        count, values = digits(words[:, 0])
        long = np.flatnonzero(count == 8)
        if len(long):
            more, low = digits(words[long, 1])
            values[long] = values[long] * _TENS[more] + low
            count[long] += more
            self.fits[long[count[long] > _DIGITS]] = False
        numbers = values.astype(np.int64)
        fits = (count == 1) | (words[:, 0] & np.uint64(0xFF) != _ZERO)
        none = np.flatnonzero(count == 0)
        if len(none):
            fits[none] = field.nullable & (words[none, 0] & _FOUR == _NULL)
            numbers[none], count[none] = UNKNOWN, 4
        if field.kind is Kind.POSITIVE:
            fits &= numbers != 0
        self.fits &= fits
        self.numbers[field.key] = numbers
        self.at = self.at + count.view(np.int64)

    def _flag(self, field: Field) -> None:
        words = self._words()
        is_true, is_false = words & _FOUR == _TRUE, words & _FIVE == _FALSE
        numbers = is_true.astype(np.int64)
        length = 4 + is_false.astype(np.int64)
        known = is_true | is_false
        if not known.all():
            unknown = ~known
            numbers[unknown] = UNKNOWN
            self.fits &= known | (words & _FOUR == _NULL) if field.nullable else known
        self.numbers[field.key] = numbers
        self.at = self.at + length

    def _amount(self, field: Field) -> None:
        length, fits = self._length_of_number()
        if not fits.all() and field.nullable:
            is_null = self._words() & _FOUR == _NULL
            length[is_null] = 4
            fits |= is_null
        self.fits &= fits
        if field.key in _WANTED_AMOUNTS:
            self.amounts[field.key] = self._floats(length)
        self.at = self.at + length

    def _length_of_number(self) -> tuple[Numbers, Flags]:
        """(the length of a plain number, whether there is one): digits, with more of them behind a point."""
        characters = self._block.characters(self.at, 32)
        is_digit = (characters - np.uint8(_ZERO)) < 10
        length = first(~is_digit)
        fits = (length > 0) & (length < 32) & ((length == 1) | (characters[:, 0] != _ZERO))
        inside = np.minimum(length, 31)
        pointed = np.flatnonzero(characters[np.arange(len(length)), inside] == _DOT)
        if len(pointed):
            stop = ~is_digit[pointed]
            stop[np.arange(len(pointed)), inside[pointed]] = False
            whole = first(stop)
            fits[pointed] &= (whole > length[pointed] + 1) & (whole < 32)
            length[pointed] = whole
        return length, fits

    def _floats(self, length: Numbers) -> Floats:
        characters = self._block.characters(self.at, 32).copy()
        characters[np.arange(32) >= length[:, None]] = 0
        usable = self.fits & (characters[:, 0] - np.uint8(_ZERO) < 10)
        characters[~usable] = 0
        characters[~usable, :3] = tuple(b"nan")
        return characters.view("S32")[:, 0].astype(np.float64)

    def _shared(self, field: Field) -> None:
        is_text = self._ahead[:, 0] == _QUOTE
        if field.kind is Kind.CELL and is_text.all():
            length, self.cell = self._block.texts(self.at, self._ahead, self.cell)
            length = self._within(length)
            self._spans[field.key] = self.at, length
            self.at = self.at + length
            return
        length = first((self._ahead == ord(",")) | (self._ahead == ord("}")))
        if is_text.any():
            length = np.where(is_text, self._block.length_of_texts(self.at, self._ahead), length)
        self.fits &= is_text | (length < _AHEAD)
        self._remember(field, self._within(length))

    def _nested(self, field: Field) -> None:
        length = self._block.length_of_nested(self.at)
        null = np.flatnonzero(self._ahead[:, 0] == ord("n"))
        length[null] = 4
        self._remember(field, self._within(length))

    def _remember(self, field: Field, length: Numbers) -> None:
        self._spans[field.key] = self.at, length
        if field.kind is Kind.CELL:
            self.cell = self._block.hashed(self.cell, self.at, length)
        else:
            self._add_feature(field, length)
        self.at = self.at + length

    def _add_feature(self, field: Field, length: Numbers) -> None:
        before, self.feature = self.feature, self._block.hashed(self.feature, self.at, length)
        if self._signatures is not None and field.key == "deliverables":
            usable = np.flatnonzero(self.fits & (length > 1))
            found, has_one = self._signatures.of(self._block, self.at[usable], length[usable])
            usable = usable[has_one]
            self.feature[usable] = mixed(before[usable], found[has_one])

    def _any(self, field: Field) -> None:
        words = self._words()
        text = self._block.length_of_texts(self.at, self._ahead)
        number, is_number = self._length_of_number()
        is_text = words & np.uint64(0xFF) == _QUOTE
        four = (words & _FOUR == _NULL) | (words & _FOUR == _TRUE)
        five = words & _FIVE == _FALSE
        self.fits &= is_text | is_number | four | five
        length = np.select([is_text, is_number, four], [text, number, np.int64(4)], np.int64(5))
        self.at = self.at + self._within(length)


_READ = {
    Kind.TEXT: Values._text,
    Kind.COUNT: Values._count,
    Kind.POSITIVE: Values._count,
    Kind.AMOUNT: Values._amount,
    Kind.FLAG: Values._flag,
    Kind.CELL: Values._shared,
    Kind.FEATURE: Values._shared,
    Kind.NESTED: Values._nested,
    Kind.ANY: Values._any,
}
