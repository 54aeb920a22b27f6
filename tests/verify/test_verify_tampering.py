"""One thing of a run's record is changed with plain git, and `verify` names it."""

from __future__ import annotations

import json

import pytest

from harness.git.opening import open_repository
from harness.verify.run import VerifyOptions, verify

CI, PYTEST = "refs/notes/harness/ci", "refs/notes/harness/pytest"


def found(plumbing, target="demo"):
    """(code, phase, attempt) of every difference."""
    document = verify(open_repository(plumbing.project.root), VerifyOptions(target))
    assert document.verified == (not document.differences)
    return {(d.code, d.phase, d.attempt) for d in document.differences}


def on(phase, attempt, *codes):
    return {(code, phase, attempt) for code in codes}


def replacing(old, new):
    def change(text):
        assert old in text
        return text.replace(old, new)

    return change


EVIDENCE = {
    "a reply": ("one", 1, "reply.txt", replacing("ONE = 1", "ONE = 2"), {"candidate-differs"}),
    "a reply that is gone": ("one", 1, "reply.txt", None, {"reply-missing"}),
    "a refused reply": ("two", 1, "reply.txt", replacing(".bak", ".old"), {"candidate-differs"}),
    "an unusable reply": ("odd", 1, "reply.txt", lambda _: '{"type":"delete","file_path":"edit.py"}\n', {"candidate-differs"}),
    "what was edited in a worktree": ("work", 1, "edits.patch", replacing("+WORK = 1", "+WORK = 2"), {"candidate-differs"}),
    "a report": ("two", 3, "report.json", replacing('"exitcode":0', '"exitcode":1'), {"report-changed", "note-changed", "seal-differs"}),
    "a report that is gone": ("one", 1, "report.json", None, {"report-changed", "seal-differs"}),
    "a result line": ("one", 1, "ci.json", replacing('"failed": 0', '"failed": 3'), {"report-changed", "note-changed", "seal-differs"}),
    "a baseline": ("two", 3, "baseline.json", replacing('"status": "completed"', '"status": "unknown"'), {"baseline-changed"}),
    "a baseline that is gone": ("two", 3, "baseline.json", None, {"baseline-changed"}),
    "a policy digest": ("one", 1, "context.json", lambda t: json.dumps({**json.loads(t), "policy_digest": "0" * 64}), {"policy-differs"}),
    "the protected paths": ("two", 1, "context.json", lambda t: json.dumps({**json.loads(t), "protected": []}), {"policy-differs", "verdict-differs"}),
    "the scope": ("one", 1, "phase.json", lambda t: json.dumps({**json.loads(t), "scope": ["**"]}), {"policy-differs"}),
    "the deliverables": ("one", 1, "phase.json", lambda t: json.dumps({**json.loads(t), "deliverables": ["src/textkit/one.py", "src/x.py"]}), {"verdict-differs", "outcome-differs", "policy-differs", "telemetry-changed"}),
    "the agent": ("one", 1, "context.json", lambda t: json.dumps({**json.loads(t), "agent": "somebody"}), {"trailer-changed"}),
    "a recorded row": ("one", 1, "sample.json", replacing('"actual_output_tokens": 120', '"actual_output_tokens": 12'), {"telemetry-changed"}),
    "an approval": ("tidy", 2, "approval.json", replacing('"digest": "', '"digest": "0'), {"approval-differs", "approval-missing"}),
    "an approval that is gone": ("tidy", 2, "approval.json", None, {"approval-missing"}),
    "a seal": ("one", 1, "seal.json", lambda t: json.dumps({**json.loads(t), "notes": []}), {"seal-differs"}),
    "an attempt that is no JSON": ("one", 1, "attempt.json", lambda _: "{", {"ledger-broken"}),
    "a context that is no JSON": ("one", 1, "context.json", lambda _: "[", {"ledger-broken"}),
}  # fmt: skip


@pytest.mark.parametrize("name", EVIDENCE)
def test_a_changed_piece_of_evidence_is_named(tampered, name):
    phase, attempt, file, change, codes = EVIDENCE[name]
    tampered.edit(phase, attempt, file, change)
    differences = found(tampered)
    assert codes <= {code for code, of, _ in differences if of in (phase, None)}, differences
    assert {of for _, of, _ in differences} <= {phase, None}


OUTCOMES = {
    "a refused attempt that failed": ("two", 1, {"outcome": "failed"}, {"outcome-differs"}),
    "a failed attempt that is complete": ("two", 2, {"outcome": "complete"}, {"outcome-differs"}),
    "reasons that are gone": ("two", 1, {"violations": []}, {"verdict-differs"}),
    "reasons that were made up": ("one", 1, {"violations": [{"code": "secret-added", "path": "x", "message": "m"}]}, {"verdict-differs"}),
    "an unusable attempt that was refused": ("odd", 1, {"outcome": "refused"}, {"outcome-differs"}),
    "a failed agent that is complete": ("broken", 1, {"outcome": "complete"}, {"outcome-differs"}),
    "another start": ("two", 3, {"start": "4b825dc642cb6eb9a060e54bf8d69288fbee4904"}, {"start-differs"}),
    "tokens": ("one", 1, {"tokens": {"predicted": 1, "actual": 1, "budget": 1}}, {"telemetry-changed"}),
    "a number": ("two", 3, {"number": 7}, {"ledger-broken"}),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_changed_outcome_is_named(tampered, name):
    phase, attempt, values, codes = OUTCOMES[name]
    tampered.edit_document(phase, attempt, **values)
    differences = found(tampered)
    assert codes <= {code for code, of, _ in differences if of == phase}, differences


def test_a_swapped_candidate_is_named(tampered):
    other = tampered.document("one", 1)
    tampered.edit_document("two", 3, tree=other["tree"], commit=other["commit"])
    assert on("two", 3, "candidate-differs", "trailer-changed", "commit-rewritten") <= found(tampered)


def test_failures_that_were_hidden_are_found_in_the_report(tampered):
    document = tampered.document("two", 2)
    gates = [{**gate, "state": "pass", "reason": ""} for gate in document["gates"]]
    tests = {**document["tests"], "status": "passed", "failed": 0, "delta": {}}
    tampered.edit_document("two", 2, outcome="complete", gates=gates, tests=tests, violations=[])
    assert on("two", 2, "report-changed") <= found(tampered)


def test_a_new_failure_that_was_made_a_known_one_is_found_in_the_baseline(tampered):
    document = tampered.document("two", 2)
    delta = document["tests"]["delta"]
    assert delta["newly_failing"] and not delta["still_failing"]
    gates = [{**gate, "state": "pass", "reason": ""} for gate in document["gates"]]
    known = {**delta, "newly_failing": [], "still_failing": delta["newly_failing"]}
    tests = {**document["tests"], "status": "passed", "delta": known}
    tampered.edit_document("two", 2, outcome="complete", gates=gates, tests=tests, violations=[])
    assert on("two", 2, "baseline-changed") <= found(tampered)


def test_a_baseline_that_is_gone_with_its_digest_is_missed(tampered):
    tests = {**tampered.document("two", 3)["tests"], "baseline_object": ""}
    tampered.edit("two", 3, "baseline.json", None)
    tampered.edit_document("two", 3, tests=tests)
    assert on("two", 3, "baseline-changed") <= found(tampered)


@pytest.mark.parametrize("ref", [CI, PYTEST])
def test_a_dropped_note_is_named(tampered, ref):
    commit = tampered.document("two", 3)["commit"]
    tampered.git("notes", f"--ref={ref}", "remove", commit)
    assert found(tampered) == on("two", 3, "note-missing")


@pytest.mark.parametrize("ref", [CI, PYTEST])
def test_a_changed_note_is_named(tampered, ref):
    commit = tampered.document("one", 1)["commit"]
    text = tampered.git("notes", f"--ref={ref}", "show", commit)
    changed = tampered.blob(text.replace('"passed"', '"failed"', 1))
    tampered.git("notes", f"--ref={ref}", "add", "-f", "-C", changed, commit)
    assert found(tampered) == on("one", 1, "note-changed")


def test_a_line_more_in_a_note_is_no_difference(tampered):
    commit = tampered.document("one", 1)["commit"]
    line = json.dumps({"v": 1, "run": "demo", "phase": "one", "attempt": 1, "agent": "rerun"})
    tampered.git("notes", f"--ref={CI}", "append", "-m", line, commit)
    assert found(tampered) == set()


def test_how_bad_failures_are_follows_from_them(tampered):
    tests = tampered.document("two", 2)["tests"]
    tampered.edit_document("two", 2, tests={**tests, "severity": "none"})
    assert found(tampered) == on("two", 2, "report-changed")


@pytest.mark.parametrize("name", ["fixed", "added", "narrowed"])
def test_all_of_a_delta_follows_from_baseline_and_report(tampered, name):
    tests = tampered.document("two", 2)["tests"]
    delta = {**tests["delta"], name: ["tests/test_made_up.py::test_x"]}
    tampered.edit_document("two", 2, tests={**tests, "delta": delta})
    assert found(tampered) == on("two", 2, "baseline-changed")


@pytest.mark.parametrize(
    "row", ['{"run_id": "demo", "phase_id": {}, "attempt": [1]}', "[" * 100_000], ids=["unhashable", "deep"]
)
def test_a_row_that_is_of_nothing_stops_neither_verify_nor_the_run(tampered, row):
    file = "telemetry/demo.ndjson"
    rows = tampered.git("show", f"harness/demo:{file}")
    tree = tampered.tree_with("harness/demo", file, f"{rows}{row}\n")
    tip = tampered.git("commit-tree", "-p", "harness/demo", "-m", "x\n\nRun-Id: demo\n", tree).strip()
    tampered.git("update-ref", "refs/heads/harness/demo", tip)
    result = tampered.project.harness("verify", "--json")
    assert {d["code"] for d in result.json["differences"]} == {"telemetry-unknown"}, result.stderr
    tampered.project.reply("odd", 2, "Not now either.\n")
    assert tampered.project.phase("odd").code == 4


def test_a_report_more_that_nobody_recorded_is_named(tampered):
    commit = tampered.document("two", 3)["commit"]
    report = json.loads(tampered.git("notes", f"--ref={PYTEST}", "show", commit))
    line = json.dumps({**report, "summary": {"passed": 99, "total": 99}})
    tampered.git("notes", f"--ref={PYTEST}", "append", "-m", line, commit)
    assert found(tampered) == on("two", 3, "note-changed")


def test_a_recorded_report_of_another_attempt_is_no_difference(tampered):
    """`notes doctor --fix` copies those of the phases a commit has in it."""
    commit = tampered.document("two", 3)["commit"]
    tampered.git("notes", f"--ref={PYTEST}", "append", "-m", tampered.read("one", 1, "report.json"), commit)
    assert found(tampered) == set()


def test_notes_that_are_all_gone_are_named_for_each_attempt(tampered):
    tampered.git("update-ref", "-d", PYTEST)
    assert {d for d in found(tampered) if d[0] != "note-missing"} == set()
    assert len(found(tampered)) == 5


def trailer(key, value):
    return lambda text: "".join(
        f"{key}: {value}\n" if line.startswith(f"{key}: ") else f"{line}\n" for line in text.splitlines()
    )


@pytest.mark.parametrize(
    ("key", "value"), [("Agent", "a person"), ("Base-Commit", "0" * 40), ("Attempt", "9")]
)
def test_a_changed_trailer_is_named(tampered, key, value):
    commit = tampered.document("one", 1)["commit"]
    tampered.rewrite_branch(commit, trailer(key, value))
    assert on("one", 1, "commit-rewritten", "trailer-changed") <= found(tampered)


def test_a_trailer_changed_in_the_ledger_too_is_named(tampered):
    commit = tampered.document("odd", 1)["commit"]
    assert commit is None
    old = tampered.document("two", 2)["commit"]
    new = tampered.rewritten(old, trailer("Agent", "a person"))
    tampered.edit_document("two", 2, commit=new)
    assert on("two", 2, "trailer-changed") <= found(tampered)


def test_a_rewritten_commit_is_named(tampered):
    commit = tampered.document("work", 1)["commit"]
    tree = tampered.document("work", 1)["tree"]
    other = tampered.tree_with(tree, "src/textkit/work.py", "WORK = 666\n")
    tampered.rewrite_branch(commit, lambda text: text.replace(tree, other))
    codes = {(code, phase) for code, phase, _ in found(tampered)}
    assert ("commit-rewritten", "work") in codes
    assert ("commit-rewritten", "one") not in codes


def test_a_branch_set_back_is_named(tampered):
    tampered.git("update-ref", "refs/heads/harness/demo", tampered.document("two", 3)["commit"])
    differences = found(tampered)
    assert {d for d in differences if d[0] == "commit-rewritten"} == {
        ("commit-rewritten", phase, attempt) for phase, attempt in (("work", 1), ("tidy", 2), ("fixed", 1))
    }


@pytest.mark.slow
def test_a_commit_that_claims_to_be_a_phase_is_named(tampered):
    project = tampered.project
    project.git("checkout", "-q", "-b", "side", "harness/demo")
    project.commit({"src/textkit/evil.py": "x = 1\n"}, "evil\n\nRun-Id: demo\nPhase-Id: evil\nAttempt: 1\n")
    project.git("update-ref", "refs/heads/harness/demo", "side")
    assert found(tampered) == {("commit-rewritten", None, None)}


def test_a_telemetry_commit_that_changes_more_is_named(tampered):
    project = tampered.project
    project.git("checkout", "-q", "-b", "side", "harness/demo")
    project.commit({"src/textkit/evil.py": "x = 1\n"}, "telemetry: demo\n\nRun-Id: demo\n")
    project.git("update-ref", "refs/heads/harness/demo", "side")
    assert found(tampered) == {("commit-rewritten", None, None)}


ROWS = {
    "telemetry-changed": lambda rows: [rows[0].replace('"success": true', '"success": false'), *rows[1:]],
    "telemetry-missing": lambda rows: rows[1:],
    "telemetry-repeated": lambda rows: [*rows, rows[0]],
    "telemetry-unknown": lambda rows: [*rows, rows[0].replace('"phase_id": "one"', '"phase_id": "none"')],
}


@pytest.mark.parametrize("code", ROWS)
def test_changed_telemetry_is_named(tampered, code):
    path = "telemetry/demo.ndjson"
    rows = tampered.git("show", f"harness/demo:{path}").splitlines(keepends=True)
    text = "".join(ROWS[code](rows))
    assert text != "".join(rows)
    tree = tampered.tree_with("harness/demo", path, text)
    message = "telemetry: demo\n\nRun-Id: demo\n"
    tip = tampered.git("commit-tree", tree, "-p", "harness/demo", stdin=message).strip()
    tampered.git("update-ref", "refs/heads/harness/demo", tip)
    assert found(tampered) == {(code, None, None)}


def test_a_ledger_without_its_last_attempt_is_named(tampered):
    tampered.git("update-ref", tampered.ledger("two"), f"{tampered.ledger('two')}^")
    assert {code for code, _, _ in found(tampered)} == {"commit-rewritten", "telemetry-unknown"}


def test_a_ledger_without_an_attempt_in_the_middle_is_named(tampered):
    second, third = tampered.entry("two", 2), tampered.entry("two", 3)
    before = tampered.entry("two", 1)
    tampered.move("two", third, tampered.rewritten(third, replacing(second, before)))
    assert ("ledger-broken", "two", None) in found(tampered)


def test_a_ledger_that_leads_into_the_work_is_broken(tampered):
    first = tampered.entry("one", 1)
    parent = tampered.git("rev-parse", f"{first}^1").strip()
    tampered.move("one", first, tampered.rewritten(first, replacing(parent, tampered.project.rev("main"))))
    assert ("ledger-broken", "one", None) in found(tampered)


def test_an_approval_nobody_gave_is_named(tampered):
    tampered.git("update-ref", "-d", "refs/harness/approvals/runs/demo/tidy")
    assert found(tampered) == on("tidy", 2, "approval-missing")


def test_a_fix_with_other_edits_is_named(tampered):
    entry = tampered.git("rev-parse", f"{tampered.ledger('fixed')}^").strip()
    result = json.loads(tampered.git("show", f"{entry}:fix-result.json"))
    tree = tampered.git("rev-parse", f"{entry}^{{tree}}").strip()
    for change in ({"tree": result["tree"][::-1]}, {"changes": ["other.py"]}):
        text = json.dumps({**result, **change})
        new = tampered.rewritten(entry, replacing(tree, tampered.tree_with(tree, "fix-result.json", text)))
        tampered.move("fixed", entry, new)
        assert ("fix-differs", "fixed", None) in found(tampered)
        entry, tree = new, tampered.git("rev-parse", f"{new}^{{tree}}").strip()


def test_what_another_version_s_rules_say_is_a_remark(tampered):
    def change(text):
        return json.dumps({**json.loads(text), "harness": "0.0.1"})

    tampered.edit("one", 1, "context.json", change)
    tampered.edit_document("one", 1, violations=[{"code": "file-grown", "path": "x", "message": "m"}])
    document = verify(open_repository(tampered.project.root), VerifyOptions("demo"))
    assert document.verified, document.differences
    assert [(r.code, r.phase, r.path) for r in document.remarks] == [
        ("verdict-of-another-version", "one", "x")
    ]


def test_another_version_is_no_excuse_for_protected_paths(tampered):
    def change(text):
        return json.dumps({**json.loads(text), "harness": "0.0.1"})

    tampered.edit("two", 1, "context.json", change)
    tampered.edit_document("two", 1, violations=[])
    assert on("two", 1, "verdict-differs") <= found(tampered)
