"""Tests weakened so that broken code passes never complete a phase; honest work on tests does."""

import pytest
from project import warnings_of
from strength_files import FILES, TESTS
from strength_replies import BROKEN, HONEST, attempt, create, delete, put, rename

JOINED = 'assert slugify("a b") == "a-b"\n    assert slugify("a b c") == "a-b-c"'
EASY = TESTS.replace("assert slugify(text) == slug", "assert slugify(text)").replace(JOINED, "assert slugify")
TRYING = (
    "try:\n        assert slugify(text) == slug\n    except AssertionError:\n        pass\n",
    'try:\n        assert slugify("a b") == "a-b"\n    except BaseException:\n        pass\n',
)
HELPED = put("tests/test_helped.py", "def test_helped():\n    assert True\n")
NO_HELP = put("tests/helpers.py", "def same(one, other):\n    assert True\n")
RENAMED = TESTS.replace("def test_slug", "def slug_test").replace("def test_joined", "def joined_test")
EARLIER = TESTS.index("@pytest.mark")


def marked(mark):
    return f"{TESTS[:EARLIER]}pytestmark = {mark}\n\n\n{TESTS[EARLIER:]}"


# operations beside BROKEN, and codes that must be among those told
WEAKENED = {
    "assertions weakened": ([put("tests/test_slug.py", EASY), HELPED], {"test-weakened"}),
    "assertions tried": (
        [
            put(
                "tests/test_slug.py",
                TESTS.replace("assert slugify(text) == slug\n", TRYING[0]).replace(JOINED, TRYING[1]),
            ),
            HELPED,
        ],
        {"test-weakened"},
    ),
    "parameters narrowed": (
        [
            put(
                "tests/test_slug.py", TESTS.replace(', ("A b", "a-b")', "").replace(JOINED, "assert slugify")
            ),
            HELPED,
        ],
        {"test-weakened"},
    ),
    "helper weakened": ([put("tests/test_slug.py", EASY), NO_HELP], {"test-weakened"}),
    "helper replaced by a package": (
        [
            put("tests/test_slug.py", EASY),
            rename("tests/helpers.py", "tests/helpers/__init__.py"),
            put("tests/test_helped.py", FILES["tests/test_helped.py"].replace('"x-y"', '"x y"')),
        ],
        {"test-weakened"},
    ),
    "tests deleted": ([delete("tests/test_slug.py"), HELPED], {"test-removed"}),
    "file renamed away": (
        [rename("tests/test_slug.py", "tests/slugs.py"), HELPED],
        {"test-removed"},
    ),
    "functions renamed away": ([put("tests/test_slug.py", RENAMED), HELPED], {"test-removed"}),
    "skipped": ([put("tests/test_slug.py", marked('pytest.mark.skip("later")')), HELPED], {"test-skipped"}),
    "skipped for a reason": (
        [put("tests/test_slug.py", marked('pytest.mark.skipif("True", reason="x")')), HELPED],
        {"test-skipped"},
    ),
    "expected to fail": ([put("tests/test_slug.py", marked("pytest.mark.xfail")), HELPED], {"test-skipped"}),
    "ended from inside": (
        [put("tests/test_slug.py", f"import os\n{TESTS}\n\ndef test_z():\n    os._exit(0)\n")],
        {"tests-unknown"},
    ),
}


@pytest.mark.parametrize("name", WEAKENED)
def test_broken_code_is_not_complete(textkit, tmp_path, name):
    operations, codes = WEAKENED[name]
    code, made = attempt(textkit, tmp_path, BROKEN, *operations)
    told = {v["code"] for v in made["violations"]}
    assert code in (1, 5)
    assert made["outcome"] in ("failed", "blocked")
    assert codes <= told


def test_what_is_weakened_is_named_with_its_file(textkit, tmp_path):
    _, made = attempt(textkit, tmp_path, BROKEN, *WEAKENED["assertions weakened"][0])
    weakened = {v["message"].split(": ")[0]: v for v in made["violations"]}
    assert weakened.keys() == {
        "tests/test_slug.py::test_slug",
        "tests/test_slug.py::test_joined",
        "tests/test_helped.py::test_helped",
    }
    assert weakened["tests/test_slug.py::test_slug"]["path"] == "tests/test_slug.py"
    assert "allow_tests" in weakened["tests/test_slug.py::test_slug"]["hint"]
    assert not any(w.startswith("tests-changed") for w in made["warnings"])


def test_a_phase_may_weaken_what_it_names(textkit, tmp_path):
    code, made = attempt(textkit, tmp_path, BROKEN, put("tests/test_slug.py", EASY), NO_HELP, phase="tests")
    assert (code, made["violations"]) == (0, [])


def test_what_is_weakened_and_still_passes_is_a_warning(textkit, tmp_path):
    code, made = attempt(textkit, tmp_path, HONEST, put("tests/test_slug.py", EASY))
    assert (code, made["violations"]) == (0, [])
    changed = [w for w in made["warnings"] if w.startswith("tests-changed")]
    assert len(changed) == 2
    assert "tests/test_slug.py::test_joined (1 assertions, 2 before)" in changed[1]


def test_a_renamed_function_blocks_until_its_tests_are_named(textkit, tmp_path):
    """The base's tests can't even be imported: a failing base test, and the hint says how to excuse it."""
    renamed = [
        put(path, FILES[path].replace("slugify", "slug_of"))
        for path in ("src/textkit/slug.py", "tests/test_slug.py", "tests/test_helped.py")
    ]
    code, made = attempt(textkit, tmp_path, *renamed)
    assert code in (1, 5)
    assert {v["code"] for v in made["violations"]} == {"test-weakened"}
    assert any("can't be collected" in v["message"] for v in made["violations"])


def test_a_refused_candidate_is_not_tested(textkit, tmp_path):
    code, made = attempt(textkit, tmp_path, BROKEN, create("pytest.ini", "[pytest]\naddopts = -k lower\n"))
    assert (code, made["outcome"]) == (3, "refused")
    assert made["tests"]["status"] == "not_run"


def test_honest_work_on_tests_is_complete(textkit, tmp_path):
    """A parameter, a test and a docstring added to a file, a new file, a helper that moved."""
    more = TESTS.replace('("A b", "a-b")', '("A b", "a-b"), ("C", "c")').replace(
        "Words are joined.", "Words are joined by dashes."
    )
    code, made = attempt(
        textkit,
        tmp_path,
        HONEST,
        put("tests/test_slug.py", more + "\n\ndef test_more():\n    assert slugify('') == ''\n"),
        create(
            "tests/test_new.py", "from textkit.slug import slugify\n\n\ndef test_new():\n    slugify('')\n"
        ),
        rename("tests/helpers.py", "tests/comparing/helpers.py"),
        put(
            "tests/test_helped.py",
            FILES["tests/test_helped.py"].replace("from helpers", "from comparing.helpers"),
        ),
    )
    assert (code, made["violations"], warnings_of(made)) == (0, [], [])
    assert made["tests"]["total"] == 8
