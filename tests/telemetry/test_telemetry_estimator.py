"""The estimator and its seed profile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telemetry_rows import PROJECT, SEED_ROWS

from harness.errors import UsageError
from harness.telemetry.deliverable import DeliverableFacts, FileSize, kind_of, measure, path_in
from harness.telemetry.estimator import predict, select_budget, smallest
from harness.telemetry.profile import Profile, load_profile, parse_profile

SEED = load_profile("seed")
PROFILE_TEXT = (PROJECT / "harness/telemetry/profiles/seed.toml").read_text()


def new(*paths: str) -> list[DeliverableFacts]:
    return [DeliverableFacts(path, existed=False) for path in paths]


def old(path: str, **size: int) -> list[DeliverableFacts]:
    measured = FileSize(**{"bytes": 1, "lines": 100, "imports": 5, "indent": 8, **size})
    return [DeliverableFacts(path, existed=True, size=measured)]


@pytest.mark.parametrize(
    ("line", "tokens", "budget"),
    [(2, 7020, 8424), (3, 8970, 12288), (4, 7020, 8424), (5, 10270, 12324), (6, 19240, 23088)],
)
def test_the_seed_samples_come_out_as_recorded(line: int, tokens: int, budget: int) -> None:
    row = SEED_ROWS[line - 1]
    made = predict(SEED, row["category"], row["complexity"], new(*row["deliverables"]))
    assert (made.tokens, made.budget) == (tokens, budget)
    assert (row["predicted_output_tokens"], row["selected_budget"]) == (tokens, budget)


def test_a_prediction_says_what_it_is_made_of() -> None:
    made = predict(SEED, "Docs ", "LOW", new("docs/a.md", "src/b.py", "LICENSE"))
    assert made.breakdown == {"doc": 500, "backend": 4000}
    assert (made.category, made.complexity) == ("documentation", "low")
    assert (made.profile, made.profile_version) == ("seed", 1)
    assert made.confidence == pytest.approx(0.7)


def test_five_documents() -> None:
    made = predict(SEED, "documentation", "low", new(*(f"docs/{n}.md" for n in range(5))))
    assert (made.tokens, made.budget, made.confidence) == (5200, 8192, 0.8)


@pytest.mark.parametrize(
    ("complexity", "tokens"), [("low", 8192), ("medium", 12288), ("high", 16384), ("other", 8192)]
)
def test_no_deliverables(complexity: str, tokens: int) -> None:
    made = predict(SEED, "implementation", complexity, [])
    assert (made.tokens, made.confidence) == (tokens, 0.5)
    assert made.breakdown == {}


def test_an_existing_address_is_modified_not_added() -> None:
    # 2000 + 700 * 1.0 * 1.0 * 1.0, although "address" contains "add".
    assert predict(SEED, "implementation", "low", old("src/address.py")).tokens == 3510
    assert predict(SEED, "implementation", "low", new("src/address.py")).tokens == 5200


@pytest.mark.parametrize(
    ("one", "other"), [("tests", "testing"), ("docs", "documentation"), ("doc", "Documentation")]
)
@pytest.mark.parametrize("complexity", ["low", "medium", "high"])
def test_aliases_name_one_category(one: str, other: str, complexity: str) -> None:
    facts = new("tests/test_a.py", "docs/a.md")
    assert predict(SEED, one, complexity, facts) == predict(SEED, other, complexity, facts)


def test_testing_has_its_own_overhead() -> None:
    assert predict(SEED, "tests", "low", new("tests/test_a.py")).tokens == 3770


@pytest.mark.parametrize(
    ("category", "complexity"),
    [
        ("research", "high"),
        ("implementation", "maintenance"),
        ("", ""),
        ("IMPLEMENT_FEATURE", "low"),
    ],
)
def test_the_unknown_takes_the_default_overhead(category: str, complexity: str) -> None:
    assert predict(SEED, category, complexity, new("src/a.py")).tokens == 5200


@pytest.mark.parametrize(
    ("tokens", "complexity", "budget"),
    [
        (60000, "low", 64000),
        (53333, "high", 63999),
        (5000, "high", 16384),
        (5000, "maintenance", 8192),
        (20000, "medium", 24000),
    ],
)
def test_budget(tokens: int, complexity: str, budget: int) -> None:
    assert select_budget(SEED, tokens, complexity) == budget


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/a.py", "backend"),
        ("src/ui/App.tsx", "frontend"),
        ("src/ui/App.test.tsx", "test"),
        ("tests/data/x.bin", "test"),
        ("pkg/tests/x.py", "test"),
        ("src/test_a.py", "test"),
        ("src/a_test.py", "test"),
        ("src/contest.py", "backend"),
        ("src/testing/x.py", "backend"),
        ("tests/README.md", "doc"),
        ("docs/logo.svg", "doc"),
        ("src/docs/x.py", "backend"),
        ("config/a.YAML", "config"),
        ("tests/data.json", "config"),
        ("alembic/versions/001.py", "config"),
        ("db/migrations/001.py", "config"),
        ("scripts/run_migration.py", "config"),
        ("src/immigration.py", "backend"),
        ("src\\ui\\a.vue", "frontend"),
    ],
)
def test_kinds(path: str, kind: str) -> None:
    assert kind_of(SEED, path, "implementation") == kind


def test_a_frontend_phase_has_frontend_files() -> None:
    assert kind_of(SEED, "src/api.ts", "frontend") == "frontend"


@pytest.mark.parametrize(
    ("size", "weight"),
    [
        ({"lines": 49, "imports": 4, "indent": 7}, 396),  # 700 * 0.7 * 0.9 * 0.9
        ({"lines": 50, "imports": 5, "indent": 8}, 700),
        ({"lines": 199, "imports": 14, "indent": 15}, 700),
        ({"lines": 200, "imports": 14, "indent": 15}, 910),
        ({"lines": 500, "imports": 15, "indent": 16}, 1400),  # 1.5 * 1.2 * 1.2, held at 2
    ],
)
def test_the_size_of_an_existing_file(size: dict[str, int], weight: int) -> None:
    facts = old("src/a.py", **size)
    assert predict(SEED, "implementation", "low", facts).breakdown == {"backend": weight}


def test_an_existing_file_of_unknown_size_has_the_plain_weight() -> None:
    facts = [DeliverableFacts("src/a.py", existed=True)]
    assert predict(SEED, "implementation", "low", facts).breakdown == {"backend": 700}


def test_measure() -> None:
    content = b"# head\r\nimport os\r\n\r\n  # note\rfrom a import b\n\tif x:\n\t\t    y = 1\xff\n"
    assert measure(content) == FileSize(bytes=len(content), lines=4, imports=2, indent=6)
    assert measure(b"") == FileSize(0, 0, 0, 0)


@given(st.binary(max_size=200))
def test_any_content_can_be_measured(content: bytes) -> None:
    size = measure(content)
    assert size.bytes == len(content)
    assert 0 <= size.imports <= size.lines


sizes = st.builds(FileSize, *(st.integers(0, 1000) for _ in ("bytes", "lines", "imports", "indent")))
facts = st.builds(
    DeliverableFacts,
    st.sampled_from(["a.md", "a.py", "tests/test_a.py", "a.toml", "a.vue", "", "docs/x"]),
    st.booleans(),
    st.none() | sizes,
)
categories = st.sampled_from([*SEED.overhead.categories, *SEED.aliases, "other"])


@given(categories, st.sampled_from(["low", "medium", "high", "?"]), st.lists(facts, max_size=5))
def test_no_prediction_is_below_the_smallest(
    category: str, complexity: str, deliverables: list[DeliverableFacts]
) -> None:
    made = predict(SEED, category, complexity, deliverables)
    assert made.tokens >= smallest(SEED)
    assert made == predict(SEED, category, complexity, deliverables)
    assert 8192 <= made.budget <= 64000
    assert 0 <= made.confidence <= 1


def test_the_smallest_can_be_reached() -> None:
    made = predict(SEED, "configuration", "low", old("a.md", lines=1, imports=0, indent=0))
    assert made.tokens == smallest(SEED) == 1333


def test_paths_in_older_rows() -> None:
    assert path_in("Create src/a.py with tests") == "src/a.py"
    assert path_in("src/a-b@2x.png") == "src/a-b@2x.png"
    assert path_in("two vague words") == "two vague words"


def test_an_unknown_profile_names_the_known() -> None:
    with pytest.raises(UsageError) as caught:
        load_profile("../seed")
    assert caught.value.code == "unknown-profile"
    assert "seed" in caught.value.hint


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ("safety = 1.3", "safety = 0"),
        ("safety = 1.3", "safety = nan"),
        ("safety = 1.3", "safety = 1.3\nspare = 1"),
        ('default_kind = "backend"', 'default_kind = "other"'),
        ('tests = "testing"', 'tests = "test"'),
        ('tests = "testing"', 'backend = "testing"'),
        ("[[50, 0.7], [200, 1.0]", "[[200, 0.7], [50, 1.0]"),
        ("[budget.base]\ndefault = 8192", "[budget.base]"),
        ("new = 2000, modify", "new = -1, modify"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(change: str, to: str) -> None:
    assert PROFILE_TEXT.count(change) == 1
    with pytest.raises(ValueError):
        parse_profile(PROFILE_TEXT.replace(change, to))


def test_profiles_cannot_be_changed() -> None:
    assert isinstance(SEED, Profile)
    with pytest.raises(ValueError):
        SEED.safety = 2.0  # type: ignore[misc]
