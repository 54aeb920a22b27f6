"""A reply's bytes to edits: the size gate, the one format it is in, and that format's reader."""

from __future__ import annotations

from harness.edits.formats import Format, FormatSign, Reply
from harness.edits.limits import DEFAULT_LIMITS, Limits
from harness.edits.model import OperationEdits, PatchEdits, Problem, Repair, Unusable
from harness.edits.ndjson import NDJSON
from harness.edits.ndjson_reading import EXPECTED
from harness.edits.unified_diff import UNIFIED_DIFF
from harness.edits.unrecognised import describe, foreign_format

FORMATS: tuple[Format, ...] = (NDJSON, UNIFIED_DIFF)

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def parse_reply(
    data: bytes, *, truncated: bool = False, limits: Limits = DEFAULT_LIMITS
) -> OperationEdits | PatchEdits | Unusable:
    """The edits a reply proposes, or why there are none; never raises, whatever the bytes.

    `truncated` is the agent's own word that it was cut off (its stop reason).
    """
    if too_large := _too_large(data, limits):
        return Unusable((too_large,), truncated=truncated)
    repairs: tuple[Repair, ...] = ()
    if data.startswith(_BYTE_ORDER_MARK):
        data = data[len(_BYTE_ORDER_MARK) :]
        repairs = (Repair("byte-order-mark", 1),)
    reply = Reply.of(data, truncated, repairs, limits)
    chosen = _detect(reply)
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


def _detect(reply: Reply) -> Format | Unusable:
    """The one format that something speaks for; two that are both sure are never chosen between."""
    seen = [(format_, found) for format_ in FORMATS if (found := format_.sign(reply))]
    sure = [(format_, found) for format_, found in seen if found.sure]
    if len(sure) > 1:
        return _mixed(reply, [(format_.name, found) for format_, found in sure])
    if sure and (foreign := foreign_format(reply)):
        (format_, found) = sure[0]
        other = (foreign[0], FormatSign(foreign[1], sure=True))
        return _mixed(reply, [(format_.name, found), other])
    if seen:
        return (sure or seen)[0][0]
    problem = Problem("no-edits", f"no edits in a known format; seen: {describe(reply)}", EXPECTED)
    return Unusable((problem,), truncated=reply.truncated, repairs=reply.repairs)


def _mixed(reply: Reply, seen: list[tuple[str, FormatSign]]) -> Unusable:
    told = " and ".join(f"{name} (line {found.line})" for name, found in seen)
    problem = Problem(
        "mixed-formats",
        f"the reply holds edits in two formats: {told}",
        "Send all edits in one format, and no examples of another.",
        line=seen[-1][1].line,
    )
    return Unusable((problem,), truncated=reply.truncated, repairs=reply.repairs)
