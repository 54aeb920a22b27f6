"""A process that seals attempts in a repository, through the product's own functions, and says which it did.

    python writer.py REPOSITORY NAME COUNT RUN

Prints `ack KEY COMMIT` once an attempt is sealed: a ledger entry, a report and a CI line, a telemetry row.
"""

import contextlib
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from harness.errors import BlockedError
from harness.git.ledger import ledger_ref, write_entry
from harness.git.locks import hold, run_lock
from harness.git.notes import CI_NOTES, PYTEST_NOTES, Note
from harness.git.private import PrivateRepository
from harness.git.refs import RefUpdate, read_ref
from harness.git.repository import branch_of, discover
from harness.git.seal import SEAL_FILE, SealFacts, roll_forward, seal
from harness.git.tree import Tree
from harness.phase.samples import with_rows


def one(user, key, attempt, run):
    """Seal one attempt; returns its commit. BlockedError where somebody else was faster."""
    phase = f"p{len(key) % 2}"
    with tempfile.TemporaryDirectory() as scratch:
        private = PrivateRepository(Path(scratch), user)
        ledger, branch = ledger_ref(run, phase), branch_of(run)
        entry_tip, tip = read_ref(user.git, ledger), read_ref(user.git, branch)
        parent = tip or user.head()
        tree = Tree(private.objects, parent).oid
        commit = private.commit(tree, [parent], f"{key}\n\nRun-Id: {run}\n", user.identity)
        about = {"key": key, "run": run, "phase": phase, "attempt": attempt, "tree": tree}
        notes = (
            Note(PYTEST_NOTES, commit, private.blob((json.dumps({"harness": about}) + "\n").encode())),
            Note(CI_NOTES, commit, private.blob((json.dumps(about) + "\n").encode())),
            # One line on a commit that everybody annotates.
            Note(CI_NOTES, user.head(), private.blob((json.dumps(about) + "\n").encode())),
        )
        rows = with_rows(private, tree, run, [json.dumps(about) + "\n"])
        new = private.commit(rows, [commit], f"telemetry\n\nRun-Id: {run}\n", user.identity)
        facts = SealFacts(RefUpdate(branch, new, tip), notes)
        files = {"key": key.encode(), "attempt.json": json.dumps(about).encode(), SEAL_FILE: facts.encode()}
        entry = write_entry(
            private,
            entry_tip,
            files,
            {"commit": commit, "tip": new, "shared": user.head()},
            key,
            user.identity,
        )
        seal(private, user, RefUpdate(ledger, entry, entry_tip), facts)
        return commit


def main(root, name, count, run):
    user = discover(Path(root))
    for number in range(int(count)):
        key = f"{name}-{number}"
        while True:
            time.sleep(random.uniform(0, 0.05))
            # Most take turns, as commands do; the others rely on compare-and-swap alone.
            turn = contextlib.nullcontext() if hash(name) % 4 == 0 else hold(run_lock(user.common_dir, run))
            try:
                with turn:
                    roll_forward(user)
                    commit = one(user, key, number, run)
            except BlockedError as busy:
                assert busy.code in ("ledger-moved", "branch-moved", "refs-busy"), busy.code
                continue
            break
        print(f"ack {key} {commit}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
