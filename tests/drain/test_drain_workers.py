"""What the workers of a drain start, and from where it imports."""

import subprocess
import sys

POOL = """
import os, signal, sys
from multiprocessing import resource_tracker
from harness.drain.workers import WorkerPool

if __name__ == "__main__":
    os.chdir(sys.argv[1])
    pool = WorkerPool()
    pool.submit(os.getpid).result()
    os.kill(resource_tracker._resource_tracker._pid, signal.SIGKILL)
    pool.shutdown()
"""


def test_what_python_starts_on_its_way_out_imports_nothing_from_the_repository(tmp_path):
    """Its own process that clears up after workers, killed by a closing terminal say, is started anew."""
    folder, told = tmp_path / "folder", tmp_path / "told"
    folder.mkdir()
    (folder / "multiprocessing.py").write_text(f"open({str(told)!r}, 'w').close()\n")
    (tmp_path / "pool.py").write_text(POOL)
    subprocess.run([sys.executable, tmp_path / "pool.py", folder], capture_output=True, check=True)
    assert not told.exists()
