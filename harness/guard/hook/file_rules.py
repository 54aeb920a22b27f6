"""The rules over the files a tool would write: the paths, what is closed to agents, and the new text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.globs import compile_globs
from harness.guard.content_rules import judge_contents
from harness.guard.difference import ABSENT, REGULAR
from harness.guard.hook.places import Checkout, inner_paths, names_beside
from harness.guard.hook.tool_call import FileWrite
from harness.guard.violation import Violation
from harness.policy.control_files import check_control_files
from harness.policy.harness_files import HARNESS_FILES
from harness.policy.model import TreeChange
from harness.policy.path_safety import check_paths

_OLD, _NEW = "old", "new"


class FileRules:
    """The rules of one checkout. `protected` are the patterns that count, `content` is `[policy.content]`."""

    def __init__(self, checkout: Checkout, protected: Sequence[str], content: Mapping[str, Any]) -> None:
        self._checkout = checkout
        self._protected = compile_globs(protected, casefold=True)
        self._closed = compile_globs(HARNESS_FILES, casefold=True)
        self._content = dict(content)

    def judge(self, write: FileWrite, folder: str) -> list[Violation]:
        """Every violation of one write; `folder` is where a relative path starts."""
        places = inner_paths(write.path, folder, self._checkout)
        if isinstance(places, Violation):
            return [places]
        found = [violation for path in places for violation in self._judge_path(path)]
        return found + self._judge_text(places[-1], write)

    def _judge_path(self, path: str) -> list[Violation]:
        change = TreeChange(path, "A", ABSENT, REGULAR, None, _NEW)
        rules = [
            *check_paths([change], names_beside(path, self._checkout)),
            *check_control_files([change], ()),
        ]
        found = [Violation(one.code, path, one.message, one.hint) for one in rules]
        closed = self._closed.match(path)
        if closed is not None:
            message = f"is one of the harness's own files ({closed}), which no agent may change"
            hint = "leave it alone; a person changes it in a commit of their own"
            found.append(Violation("harness-file", path, message, hint))
        elif pattern := self._protected.match(path):
            message = f'[policy] protected lists "{pattern}"'
            hint = "leave it alone and reach the goal without it"
            found.append(Violation("protected-path", path, message, hint))
        return found

    def _judge_text(self, path: str, write: FileWrite) -> list[Violation]:
        """What the new text would bring; the old text, if it is known, doesn't count."""
        if write.new is None:
            return []
        texts = {_NEW: _encoded(write.new)}
        change = TreeChange(path, "A", ABSENT, REGULAR, None, _NEW)
        if write.old is not None:
            texts[_OLD] = _encoded(write.old)
            change = TreeChange(path, "M", REGULAR, REGULAR, _OLD, _NEW)
        return judge_contents([change], self._content, _Texts(texts), for_people=False)


class _Texts:
    """The two sides of an edit, as the rules on contents read blobs."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts

    def size(self, oid: str) -> int:
        return len(self._texts[oid])

    def read(self, oid: str) -> bytes:
        return self._texts[oid]


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
