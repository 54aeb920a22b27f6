"""Only regular files written during the run count as its own."""

import os

from harness.checks.evidence import LOG_LIMIT, output_log, own_content

STARTED = 1_000_000_000_000_000_000


def test_a_file_is_the_runs_own_from_its_start_on(tmp_path):
    file = tmp_path / "report.json"
    assert own_content(file, STARTED) is None
    file.write_bytes(b"{}")
    for age, content in ((-1, None), (0, b"{}"), (1, b"{}")):
        os.utime(file, ns=(STARTED + age, STARTED + age))
        assert own_content(file, STARTED) == content


def test_neither_a_link_nor_a_folder_nor_a_pipe_is_read(tmp_path):
    (tmp_path / "real").write_bytes(b"{}")
    (tmp_path / "link").symlink_to("real")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "."):
        assert own_content(tmp_path / name, 0) is None


def test_the_log_has_both_streams_and_a_limit(tmp_path):
    out, err = tmp_path / "out", tmp_path / "err"
    assert output_log(out, err) == ""
    out.write_text("printed\n")
    assert output_log(out, err) == "printed\n"
    err.write_text("complained\n")
    assert output_log(out, err) == "printed\n--- standard error ---\ncomplained\n"
    out.write_text("o" * 10 * LOG_LIMIT)
    err.write_text("e" * 10 * LOG_LIMIT)
    assert LOG_LIMIT <= len(output_log(out, err)) < LOG_LIMIT + 300
