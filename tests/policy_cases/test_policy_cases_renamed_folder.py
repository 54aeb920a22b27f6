"""A folder renamed to another case collides with nothing; one of which something stays does."""

import json

import pytest
from project import names

CASES = [(("a.py", "in/b.py"), []), (("a.py",), ["path-collision"]), (("in/b.py",), ["path-collision"])]


@pytest.mark.parametrize(("moved", "codes"), CASES)
def test_in_every_front_end(warm, moved, codes):
    """Both refused it, whatever was moved."""
    files = {"src/Docs/a.py": "a = 1\n", "src/Docs/in/b.py": "b = 1\n", "src/Docs.md": "about\n"}
    warm.commit({**files, "harness.toml": ""}, "begin")
    renames = [
        {"type": "rename", "file_path": f"src/Docs/{path}", "new_path": f"src/docs/{path}"} for path in moved
    ]
    result = warm.check("".join(json.dumps(rename) + "\n" for rename in renames))
    assert sorted(names(result.json["violations"])) == codes
    for path in moved:
        content = warm.git("show", f"HEAD:src/Docs/{path}")
        warm.git("rm", "-q", "--cached", f"src/Docs/{path}")
        oid = warm.git("hash-object", "-w", "--stdin", stdin=content).strip()
        warm.git("update-index", "--add", "--cacheinfo", f"100644,{oid},src/docs/{path}")
    told = warm.warm("guard", "--json").json["violations"]
    assert sorted(names(told)) == codes
