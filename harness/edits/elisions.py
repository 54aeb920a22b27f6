"""Lines that stand for content which was left out, as in `# ... rest of the code unchanged ...`."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache

_BLANKS = " \t\r"
_LONGEST = 200
_DOTS = ("...", "…")
_SIGNS = (
    *(
        "...",
        "…",
        "rest",
        "remain",
        "existing",
        "previous",
        "unchanged",
        "unmodified",
        "untouched",
        "omitted",
    ),
    *("snip", "stays the same"),
)
_MOST_WORDS = 14
_TEXTS = (".md", ".markdown", ".mdx", ".rst", ".txt", ".adoc")
_LEADER = r"(?:#+|//+|--+|;+|%+|\*)"
_COMMENT = re.compile(rf"{_LEADER}(?=[ \t(\[.…a-z])")
_BLOCKS = (("<!--", "-->"), ("{/*", "*/}"), ("/*", "*/"))
_BRACKETED = re.compile(r"[(\[<{](.*)[)\]>}]")
_OTHER = re.compile(r"[^a-z0-9' \t,.…;:!-]")
_WORD = re.compile(r"[a-z0-9']+")
_CONTINUED = re.compile(rf"[ \t]*({_LEADER})([ \t]*)")
# Python's stand-in for a body, and why.
_STUB = re.compile(r"(?:(\.\.\.|…)|pass)[ \t]*#[ \t]*(.*)")
_ALONE = re.compile(r"\[(?:\.\.\.|…)\]")

_NOUN = (
    r"(?:code|codebase|file|contents?|class(?:es)?|functions?|methods?|module|implementations?|imports?|"
    r"logic|script|document|page|sections?|body|fields?|properties|props|tests?|cases|routes|styles|rules|"
    r"config(?:uration)?|settings|options|lines?|definitions?|declarations?|parts?|items?|entries|"
    r"handlers?|hooks|components?|elements?|types?|tables?|columns?|constants|variables|state|template|"
    r"markup|html|jsx|css|text|everything(?: else)?)"
)
_THING = (
    r"(?:(?:the|this|your|of|other|existing|original|previous|remaining|current|all|above|below) )*"
    rf"{_NOUN}(?: {_NOUN})?"
)
_STAYS = (
    r"(?:(?:is|are|was|were|remains?|stays?|goes|continues|kept|left|exactly|completely|the|as) )*"
    r"(?:unchanged|untouched|unmodified|identical|same|before|is|it was|here|above|below|omitted|"
    r"truncated|remains?|stays?|continues)(?: (?:as before|for brevity|as above|here|from original|from "
    r"the original|as in the original))?"
)
_SAME = r"(?:unchanged|untouched|unmodified|(?:exactly )?the same|as (?:before|is))"
# Said in a comment, these can't be meant otherwise.
_PLAIN = (
    rf"(?:the |your )?(?:rest|remainder) of {_THING}(?: {_STAYS})?|(?:the )?(?:rest|remainder) {_STAYS}|"
    rf"(?:the )?(?:rest|remainder) of (?:the )?(?:[a-z0-9']+ ){{1,2}}(?:(?:is|are|remains?|stays?) )?{_SAME}|"
    rf"(?:keep|leave) (?:the )?(?:rest|remainder)(?: of {_THING})? (?:as is|{_SAME})|"
    rf"(?:the )?(?:existing|unchanged) {_THING}(?: {_STAYS})?|"
    rf"{_THING} (?:remains?|stays?) (?:unchanged|untouched|(?:exactly )?the same|as (?:before|is))|"
    rf"{_THING} (?:is |are )?(?:unchanged|untouched|unmodified|omitted(?: for brevity)?)"
)
# These in a comment with an end of its own, too.
_BLOCK = r"unchanged|untouched|unmodified|omitted(?: for brevity)?|snip|(?:the )?rest"
# And these only with dots or brackets around them.
_MARKED = (
    rf"(?:the )?(?:rest|remainder|others?)|and so on|etc|more|more code|snip|snipped|skipped|continued|"
    rf"same|as before|same as (?:before|above|original)|no (?:other )?changes?(?: here| below| above)?|"
    rf"(?:other|previous|remaining|same|more) {_THING}|(?:{_THING} )?{_STAYS}|"
    rf"(?:keep|include|copy|insert) (?:the |all )*(?:existing|original|rest of|remaining|unchanged) {_THING}"
    rf"(?: {_STAYS})?|(?:the )?(?:rest|remainder) of (?:the )?[a-z0-9']+(?: [a-z0-9']+)?|"
    rf"lines? [0-9]+(?: to)? [0-9]+ {_STAYS}|"
    rf"(?:about )?[0-9]+ (?:more |other )?lines(?: {_STAYS}| skipped)?"
)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # Compiled when a line first asks: few replies have one.
    return re.compile(pattern)


def elided_line(path: str, lines: Sequence[str], known: Collection[str] = ()) -> int | None:
    """The index of the first line that stands for content which isn't there, None without one.

    Lines that are `known` from the file as it was are its own.

    Such a line holds dots alone, or is a comment, or a text in dots or brackets, that says in one of a
    closed list of phrases that the rest, the existing code, ... is unchanged or left out. Dots alone
    are content where the language has them: as the body of a Python block, in its strings, below a
    doctest or a traceback, within a comment of several lines, among parameters, in the code of a text,
    as the end of a YAML document.
    """
    suffix = path[path.rfind(".") :].lower() if "." in path else ""
    lowered = "\n".join(lines).lower()
    signs = [sign for sign in _SIGNS if sign in lowered]
    within = False
    for index, line in enumerate(lowered.split("\n") if signs else []):
        if _toggles(suffix, line):
            within = not within
        if len(line) > _LONGEST or not any(sign in line for sign in signs) or lines[index] in known:
            continue
        text = line.strip(_BLANKS)
        if stub := _STUB.fullmatch(text):
            text = f"# {stub[1] or ''} {stub[2]}"
        if text in _DOTS:
            if not within and not _is_content(suffix, lines, index):
                return index
        elif _says_so(text, suffix in _TEXTS) and not _is_within_comment(lines, index):
            return index
    return None


def _toggles(suffix: str, line: str) -> bool:
    """Whether a line begins or ends what holds dots as they are: a string in Python, a text's code."""
    if suffix in (".py", ".pyi"):
        return (line.count('"""') + line.count("'''")) % 2 == 1
    return suffix in _TEXTS and line.lstrip(_BLANKS).startswith(("```", "~~~"))


def _says_so(text: str, is_text: bool) -> bool:
    """Whether a line is a remark about what was left out; in plain text `#` begins no comment."""
    block = next((ends for ends in _BLOCKS if text.startswith(ends[0]) and text.endswith(ends[1])), None)
    comment = None
    if block:
        text = text[len(block[0]) : -len(block[1])].strip("*-")
    elif not is_text and (comment := _COMMENT.match(text)):
        text = text[comment.end() :]
    is_comment = block is not None or comment is not None
    words, is_marked = _unmarked(text, strictly=not is_comment, is_text=is_text)
    if words is None:
        return False
    if not words:
        return _ALONE.fullmatch(text.strip(_BLANKS)) is not None or (
            is_comment and text.strip(" \t\r()[]") in _DOTS
        )
    forms = [_PLAIN] if is_marked or is_comment else []
    forms += [_MARKED] if is_marked else []
    forms += [_BLOCK] if block else []
    return any(_compiled(form).fullmatch(words) for form in forms)


def _unmarked(text: str, strictly: bool, is_text: bool) -> tuple[str | None, bool]:
    """The words of a remark without the dots and brackets around them, and whether it had any.

    Outside of a comment a word right behind dots is code (`...rest`), and one before them is prose.
    None where it holds more than a remark would.
    """
    bare = text.strip(_BLANKS)
    if bracketed := _BRACKETED.fullmatch(bare):
        bare = bracketed[1].strip(_BLANKS)
    before, after = bare.startswith(_DOTS), bare.endswith(_DOTS)
    if strictly:
        after = after and (before or not is_text)
        before = before and bare.lstrip(".…").startswith(" ") and not is_text
    words = bare.strip(" \t.…-=")
    if inner := _BRACKETED.fullmatch(words):
        words = inner[1]
    if _OTHER.search(words) or words.count(" ") > _MOST_WORDS:
        return None, False
    return " ".join(_WORD.findall(words)), before or after or bracketed is not None


def _is_within_comment(lines: Sequence[str], index: int) -> bool:
    """Whether a line goes on with a comment: dots of an example in it, or the end of a sentence."""
    found = _CONTINUED.match(lines[index])
    if not found or not index or not lines[index - 1].lstrip(_BLANKS).startswith(found[1]):
        return False
    after = index + 1 < len(lines) and lines[index + 1].lstrip(_BLANKS).startswith(found[1])
    is_dots = lines[index][found.end() :].strip(" \t\r()[]") in _DOTS
    return (after or len(found[2]) > 2) if is_dots else not any(dots in lines[index] for dots in _DOTS)


def _is_content(suffix: str, lines: Sequence[str], index: int) -> bool:
    """Whether dots alone on a line mean something in that place."""
    line = lines[index]
    before, after = _near(lines, index, -1), _near(lines, index, 1)
    above = before.strip(_BLANKS)
    closes = (")", "]") if suffix in (".py", ".pyi") else (")",)
    if above.startswith((">>>", "...", "Traceback")) or after.strip(_BLANKS).startswith(closes):
        return True
    if suffix in (".yml", ".yaml"):
        return line.rstrip(_BLANKS) == "..."
    if suffix in _TEXTS:
        return _indent(line) > 0
    if suffix not in (".py", ".pyi") or _indent(line) == 0:
        return False
    if after and _indent(after) >= _indent(line):
        return False
    if _indent(before) < _indent(line):
        return above.split("#")[0].rstrip(_BLANKS).endswith(":") or above.endswith(":")
    return above.endswith(('"""', "'''", '"', "'")) or above.startswith("#")


def _near(lines: Sequence[str], index: int, step: int) -> str:
    """The next line that isn't blank, in one direction; "" past the end."""
    index += step
    while 0 <= index < len(lines):
        if lines[index].strip(_BLANKS):
            return lines[index]
        index += step
    return ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(_BLANKS))
