"""Agents that answer from files."""

import os

import pytest

from harness.agents.model import Usage
from harness.agents.recorded import RecordedAgent, ResponseAgent


@pytest.fixture
def recorded(tmp_path):
    return lambda template: RecordedAgent("recorded", template, tmp_path)


def test_the_reply_lies_relative_to_the_folder(recorded, request_of, tmp_path):
    (tmp_path / "replies").mkdir()
    (tmp_path / "replies" / "slugify-2.txt").write_bytes(b"edits\xff\r\n")
    reply = recorded("replies/{phase}-{attempt}.txt").ask(request_of(attempt=2))
    assert (reply.status, reply.text, reply.edited) == ("answered", b"edits\xff\r\n", False)
    assert (reply.usage, reply.usage_problem) == (Usage(), "")


def test_it_needs_no_worktree(recorded):
    assert recorded("x").needs_worktree is False
    assert recorded("x").name == "recorded"


def test_other_braces_are_part_of_the_name(recorded, request_of, tmp_path):
    (tmp_path / "{run.id} {} demo {Run} {slugify} {0}").write_text("found")
    reply = recorded("{run.id} {} {run} {Run} {{phase}} {0}").ask(request_of())
    assert reply.text == b"found"


def test_what_is_filled_in_is_not_filled_in_again(recorded, request_of, tmp_path):
    (tmp_path / "{attempt}").write_text("found")
    assert recorded("{phase}").ask(request_of(phase="{attempt}")).text == b"found"


@pytest.mark.parametrize("template", ["missing.txt", "no/such/folder/x.txt"])
def test_without_a_file_there_is_no_further_reply(recorded, request_of, template):
    assert recorded(template).ask(request_of()).status == "none"


def test_an_empty_file_is_a_reply(recorded, request_of, tmp_path):
    (tmp_path / "reply").touch()
    reply = recorded("reply").ask(request_of())
    assert (reply.status, reply.text) == ("answered", b"")


def test_a_link_to_a_file_is_a_reply(recorded, request_of, tmp_path):
    (tmp_path / "real").write_text("found")
    (tmp_path / "reply").symlink_to("real")
    assert recorded("reply").ask(request_of()).text == b"found"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("folder", "directory"),
        ("dangling", "link"),
        ("loop", "symbolic links"),
        ("fifo", "regular"),
        ("device", "regular"),
        ("below a file", "Not a directory"),
        ("closed", "Permission denied"),
        ("large", "larger"),
        ("nul", "null"),
    ],
)
def test_an_unusable_reply_is_named(recorded, request_of, tmp_path, kind, said):
    path = tmp_path / "reply"
    template = "reply"
    if kind == "folder":
        path.mkdir()
    elif kind == "dangling":
        path.symlink_to("nowhere")
    elif kind == "loop":
        path.symlink_to("reply")
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "below a file":
        path.touch()
        template = "reply/x"
    elif kind == "closed":
        path.touch()
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate((64 << 20) + 1)
    else:
        template = "reply\0"
    reply = recorded(template).ask(request_of())
    assert (reply.status, reply.stop_reason) == ("failed", "unreadable")
    assert str(path) in reply.reason
    assert said in reply.reason
    assert "\n" not in reply.reason


def test_usage_lies_beside_the_reply(recorded, request_of, tmp_path):
    (tmp_path / "1.txt").write_text("x")
    (tmp_path / "1.txt.usage.json").write_text('{"output": 7, "stop_reason": "length"}')
    reply = recorded("{attempt}.txt").ask(request_of())
    assert reply.usage == Usage(output=7, stop_reason="length")
    assert reply.status == "answered"


def test_wrong_usage_does_not_spoil_the_reply(recorded, request_of, tmp_path):
    (tmp_path / "1.txt").write_text("x")
    (tmp_path / "1.txt.usage.json").write_text('{"output": "7"}')
    reply = recorded("{attempt}.txt").ask(request_of())
    assert (reply.status, reply.text, reply.usage) == ("answered", b"x", Usage())
    assert "output" in reply.usage_problem


def test_a_response_answers_the_first_attempt_asked_for(request_of, tmp_path):
    (tmp_path / "response").write_text("edits")
    agent = ResponseAgent("response", tmp_path / "response")
    assert [agent.ask(request_of(attempt=n)).status for n in (3, 4, 3)] == [
        "answered",
        "none",
        "answered",
    ]


def test_a_missing_response_is_a_failure(request_of, tmp_path):
    reply = ResponseAgent("response", tmp_path / "response").ask(request_of())
    assert reply.status == "failed"
    assert str(tmp_path / "response") in reply.reason
