"""Replies of an agent, and the answers of the two commands that judge them."""

import json

from strength_files import SLUG


def put(path, content):
    return {"type": "replace_file", "file_path": path, "content": content}


def create(path, content):
    return {"type": "create", "file_path": path, "content": content}


def delete(path):
    return {"type": "delete", "file_path": path}


def rename(path, new):
    return {"type": "rename", "file_path": path, "new_path": new}


# Words aren't joined any more, so that all but test_lower fail.
BROKEN = put("src/textkit/slug.py", "def slugify(text):\n    return text.lower()\n")
# Another way to the same end.
HONEST = put("src/textkit/slug.py", SLUG.replace('.replace(" ", "-")', '.translate({32: "-"})'))


def text_of(operations):
    return "".join(json.dumps(operation) + "\n" for operation in operations)


def attempt(project, tmp_path, *operations, phase="work"):
    """(exit code, the attempt) of `run-phase --dry-run` on these operations."""
    reply = tmp_path / "reply.txt"
    reply.write_text(text_of(operations))
    result = project.phase(phase, "--dry-run", "--response", str(reply))
    assert result.code in (0, 1, 3, 4, 5), result.stderr
    return result.code, result.json["attempts"][0]
