"""A fix that is after what is the user's: an allowed script that tries all it can."""

from containment_attacks import shell_attacks
from containment_user import configure, precious

FROM_INSIDE = """\
git reset --hard HEAD
git stash clear
git update-ref -d refs/heads/feature
git config --global user.name Mallory
git config user.name Mallory
git push -q origin HEAD:refs/heads/pushed
git --git-dir="$(git rev-parse --git-common-dir)" update-ref -d refs/heads/main
printf '#!/bin/sh\\n' > "$(git rev-parse --git-path hooks)/post-commit"
echo 'value = 1' > src/textkit/new.py
"""


def as_script(shell: str) -> str:
    return f"import subprocess\nsubprocess.run(['sh', '-c', {shell!r}])\n"


def fix(user, tmp_path):
    result = user.harness("fix", "--phase", "work", "--json", "--", "python3", "tools/tidy.py")
    assert result.json["decision"] == "allowed"
    return result


def test_a_fix_changes_nothing_of_the_users(bubblewrap, user, tmp_path, victim):
    script = as_script(shell_attacks(user, tmp_path, victim.pid))
    configure(user, files={"tools/tidy.py": script})
    before = precious(user, tmp_path)
    answer = fix(user, tmp_path).json["result"]
    assert precious(user, tmp_path) == before
    assert (answer["containment"], answer["outcome"]) == ("bubblewrap", "kept"), answer
    assert (answer["changes"], answer["checkout_changes"]) == (["src/textkit/new.py"], [])
    assert victim.poll() is None


def test_without_containment_gits_part_still_cannot_and_the_rest_is_named(user, tmp_path):
    escape = f"echo hello > {user.root}/escaped.txt\n"
    table = '\n[containment]\nmode = "off"\n'
    configure(user, table, {"tools/tidy.py": as_script(FROM_INSIDE + escape)})
    before = precious(user, tmp_path)
    answer = fix(user, tmp_path).json["result"]
    assert answer["containment"].startswith("none")
    assert answer["checkout_changes"] == [{"kind": "file", "name": "escaped.txt", "change": "added"}]
    (user.root / "escaped.txt").unlink()
    assert precious(user, tmp_path) == before
