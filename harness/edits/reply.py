"""A reply's bytes to edits: the size gate, the one format it is in, and that format's reader."""

from __future__ import annotations

from harness.edits.codex_patch import CODEX_PATCH
from harness.edits.formats import Evidence, Format, Reply
from harness.edits.limits import DEFAULT_LIMITS, Limits
from harness.edits.model import OperationEdits, PatchEdits, Problem, Unusable
from harness.edits.ndjson import NDJSON
from harness.edits.ndjson_reading import EXPECTED
from harness.edits.repairs import Repair
from harness.edits.search_replace import SEARCH_REPLACE
from harness.edits.thoughts import without_thoughts
from harness.edits.unified_diff import UNIFIED_DIFF
from harness.edits.unrecognised import describe
from harness.edits.whole_file import WHOLE_FILE

FORMATS: tuple[Format, ...] = (NDJSON, UNIFIED_DIFF, CODEX_PATCH, SEARCH_REPLACE, WHOLE_FILE)

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def parse_reply(
    data: bytes,
    *,
    truncated: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    strict: bool = False,
    named: str | None = None,
) -> OperationEdits | PatchEdits | Unusable:
    """The edits a reply proposes, or why there are none; never raises, whatever the bytes.

    `truncated` is the agent's own word that it was cut off (its stop reason). Under `strict` only
    the framing repairs are made. `named` is the format to read it as, None to tell it by evidence.
    """
    if too_large := _too_large(data, limits):
        return Unusable((too_large,), truncated=truncated)
    repairs: tuple[Repair, ...] = ()
    if data.startswith(_BYTE_ORDER_MARK):
        data = data[len(_BYTE_ORDER_MARK) :]
        repairs = (Repair("byte-order-mark", 1),)
    answer, thought = without_thoughts(data)
    if thought is not None:
        repairs += (Repair("prose", thought),)
    if answer is None:
        problem = Problem("no-edits", "no edits: the reply ends within the thoughts it begins with", EXPECTED)
        return Unusable((problem,), truncated=True, repairs=repairs)
    reply = Reply.of(answer, truncated, repairs, limits, strict)
    chosen = _detect(reply, [format_ for format_ in FORMATS if named in (None, format_.name)])
    return chosen if isinstance(chosen, Unusable) else chosen.read(reply)


def _too_large(data: bytes, limits: Limits) -> Problem | None:
    if len(data) > limits.reply_bytes:
        message = f"the reply is larger than {limits.reply_bytes} bytes, the limit"
        return Problem("reply-too-large", message, "Send less in one reply.")
    if data.count(b"\n") > limits.lines:
        message = f"the reply has more than {limits.lines} lines"
        return Problem("reply-too-large", message, "Send less in one reply.")
    if len(data) > limits.line_bytes:
        for number, line in enumerate(data.split(b"\n"), 1):
            if len(line) > limits.line_bytes:
                message = f"line {number} has {len(line)} bytes; {limits.line_bytes} are the limit"
                return Problem("line-too-long", message, "Send less in one line.", line=number)
    return None


def _detect(reply: Reply, formats: list[Format]) -> Format | Unusable:
    """The one format that something speaks for; two that are both sure are never chosen between."""
    seen = _seen(reply, formats)
    sure = [(format_, found) for format_, found in seen if found.sure]
    if len(sure) > 1:
        return _mixed(reply, [(format_.name, found) for format_, found in sure])
    if seen:
        return (sure or seen)[0][0]
    problem = Problem("no-edits", _nothing_found(reply, formats), EXPECTED)
    return Unusable((problem,), truncated=reply.truncated, repairs=reply.repairs)


def _nothing_found(reply: Reply, formats: list[Format]) -> str:
    """That nothing speaks for these formats, and what the reply has instead."""
    others = _seen(reply, [format_ for format_ in FORMATS if format_ not in formats])
    wanted = f"the format {formats[0].name}" if len(formats) == 1 else "a known format"
    instead = f"edits in the format {others[0][0].name}" if others else describe(reply)
    return f"no edits in {wanted}; seen: {instead}"


def _seen(reply: Reply, formats: list[Format]) -> list[tuple[Format, Evidence]]:
    """The formats something speaks for, outside the content that one of them delimits."""
    possible = [format_ for format_ in formats if reply.may_hold(format_)]
    seen = [(format_, found) for format_ in possible if (found := format_.evidence(reply))]
    owners = [(format_, found) for format_, found in seen if found.spans]
    if not owners:
        return seen
    owner, owned = owners[0]
    elsewhere = reply.blanked(owned.spans)
    rest = [format_ for format_, _ in seen if format_ is not owner]
    return [(owner, owned), *((f, found) for f in rest if (found := f.evidence(elsewhere)))]


def _mixed(reply: Reply, seen: list[tuple[str, Evidence]]) -> Unusable:
    told = " and ".join(f"{name} (line {found.line})" for name, found in seen)
    problem = Problem(
        "mixed-formats",
        f"the reply holds edits in two formats: {told}",
        "Send all edits in one format, and no examples of another.",
        line=seen[-1][1].line,
    )
    return Unusable((problem,), truncated=reply.truncated, repairs=reply.repairs)
