"""Without bubblewrap: said by name, refused where it is required, and git still can't reach what is the user's."""

import pytest
from containment_attacks import ATTACKS
from containment_user import configure, precious, vandal, without_bubblewrap

GIT_IN_ITS_WORKTREE = """
git reset --hard HEAD
git stash clear
git update-ref -d refs/heads/feature
git config user.name Mallory
git config --global user.name Mallory
git branch -D feature main
git tag -d v1
git push origin HEAD:refs/heads/pushed
git worktree prune
printf '#!/bin/sh\\n' > "$(git rev-parse --git-common-dir)/hooks/post-commit"
git --git-dir="$(git rev-parse --git-common-dir)" update-ref -d refs/heads/main
git gc --prune=now -q
echo 'value = 1' > src/textkit/new.py
git add -A
git commit -q -m mine
"""


def test_a_missing_bubblewrap_is_a_warning_with_a_name(user, tmp_path):
    configure(user)
    vandal(user, "")
    result = user.phase("work", PATH=without_bubblewrap(tmp_path))
    assert result.code == 0, result.stdout + result.stderr
    attempt = result.json["attempts"][0]
    reason = "none: bubblewrap isn't installed (there is no bwrap on the PATH)"
    assert attempt["containment"] == {"agent": reason, "tests": reason}
    warnings = [warning for warning in attempt["warnings"] if "[uncontained]" in warning]
    assert len(warnings) == 1
    assert result.stderr.count("[uncontained]") == 1
    assert user.harness("explain", "uncontained").code == 0


@pytest.mark.slow
def test_a_bubblewrap_that_doesnt_work_is_a_warning_with_its_reason(user, tmp_path):
    configure(user)
    vandal(user, "")
    path = without_bubblewrap(tmp_path)
    broken = tmp_path / "bin" / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    broken.chmod(0o755)
    result = user.phase("work", PATH=path)
    assert result.code == 0, result.stdout + result.stderr
    told = result.json["attempts"][0]["containment"]["agent"]
    assert told.startswith("none: this system forbids the namespaces it needs")
    assert "uid map" in told


def test_required_containment_is_refused_before_any_agent_is_asked(user, tmp_path):
    configure(user, '\n[containment]\nmode = "required"\n')
    vandal(user, f"touch {tmp_path}/asked")
    result = user.phase("work", PATH=without_bubblewrap(tmp_path))
    assert (result.code, result.json["code"]) == (2, "containment-required")
    assert not (tmp_path / "asked").exists()
    assert user.harness("explain", "containment-required").code == 0


@pytest.mark.slow
def test_required_containment_that_works_is_no_hindrance(bubblewrap, user):
    configure(user, '\n[containment]\nmode = "required"\n')
    vandal(user, "")
    assert user.phase("work").code == 0


def test_the_base_says_how_tests_are_contained_and_the_checkout_how_agents_are(bubblewrap, user):
    configure(user)
    vandal(user, "")
    text = (user.root / "harness.toml").read_text()
    user.write("harness.toml", f'{text}\n[containment]\nmode = "off"\n')
    containment = user.phase("work").json["attempts"][0]["containment"]
    assert containment["agent"].startswith("none: switched off")
    assert containment["tests"] == "bubblewrap"


@pytest.mark.slow
def test_switched_off_git_in_a_worktree_still_reaches_nothing_of_the_users(user, tmp_path):
    configure(user, '\n[containment]\nmode = "off"\n')
    vandal(user, GIT_IN_ITS_WORKTREE)
    before = precious(user, tmp_path)
    result = user.phase("work")
    assert result.code == 0, result.stdout + result.stderr
    assert precious(user, tmp_path) == before
    attempt = result.json["attempts"][0]
    assert attempt["checkout_changes"] == []
    assert attempt["containment"]["agent"].startswith("none: switched off")


def test_switched_off_what_changed_by_absolute_path_is_named(user, tmp_path):
    configure(user, '\n[containment]\nmode = "off"\n')
    root = user.root
    vandal(
        user,
        f"echo hello > {root}/escaped.txt\nrm {root}/notes.txt\ngit -C {root} stash clear\n"
        f"git -C {root} update-ref -d refs/heads/feature\ngit -C {root} config user.name Mallory\n"
        f"printf '#!/bin/sh\\n' > {root}/.git/hooks/post-commit\ngit -C {root} reset -q --hard HEAD",
    )
    attempt = user.phase("work").json["attempts"][0]
    named = {(c["kind"], c["name"], c["change"]) for c in attempt["checkout_changes"]}
    assert {
        ("file", "escaped.txt", "added"),
        ("file", "notes.txt", "removed"),
        ("file", "staged.txt", "removed"),
        ("ref", "refs/stash", "removed"),
        ("ref", "refs/heads/feature", "removed"),
        ("setting", ".git/config", "changed"),
        ("setting", ".git/hooks/post-commit", "added"),
        ("setting", ".git/index", "changed"),
    } <= named
    assert any("by absolute path" in warning for warning in attempt["warnings"])


@pytest.mark.slow
def test_the_attacks_do_harm_where_nothing_contains_them(user, tmp_path):
    # Else the tests with bubblewrap would prove nothing.
    configure(user, '\n[containment]\nmode = "off"\n')
    assert len(ATTACKS) > 20
    vandal(user, f"git --git-dir={tmp_path}/remote.git update-ref -d refs/heads/main\necho x > ~/.bashrc")
    before = precious(user, tmp_path)
    user.phase("work")
    assert len(set(before.items()) ^ set(precious(user, tmp_path).items())) >= 2


def test_a_wrong_table_is_refused_by_key(user):
    configure(user, '\n[containment]\nmode = "sometimes"\nagent_writable = ["relative"]\n')
    result = user.phase("work")
    assert (result.code, result.json["code"]) == (2, "invalid-config")
    assert "mode" in result.json["message"]
