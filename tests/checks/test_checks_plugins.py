"""The folder handed to the project's own pytest."""

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.checks import bridge
from harness.checks.bridge.harness_pytest_canary import run_canaries
from harness.checks.command import SETTINGS_VARIABLE, RunFiles, pytest_command
from harness.checks.plugins import build_plugin_folder, plugins_digest
from harness.codes import all_explanations

BRIDGE = Path(bridge.__file__).parent / "harness_pytest_bridge.py"


def test_the_folder_holds_the_bridge_and_the_report_plugins_only(tmp_path):
    build_plugin_folder(tmp_path / "plugins")
    files = {p.relative_to(tmp_path / "plugins").as_posix() for p in tmp_path.rglob("*.*")}
    assert {"harness_pytest_bridge.py", "pytest_reportlog/plugin.py"} <= files
    assert not [name for name in files if not name.endswith(".py")]
    assert {name.partition("/")[0] for name in files} == {
        *("harness_pytest_bridge.py", "harness_pytest_canary.py"),
        *("pytest_jsonreport", "pytest_reportlog"),
    }
    assert len(plugins_digest()) == 64


@pytest.mark.parametrize("file", sorted(BRIDGE.parent.glob("harness_*.py")), ids=lambda file: file.stem)
def test_the_bridge_is_plain_python_3_8_without_the_harness(file):
    tree = ast.parse(file.read_text("utf-8"), feature_version=(3, 8))
    nodes = list(ast.walk(tree))
    modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    assert not [module for module in modules if module.partition(".")[0] == "harness"]
    assert "annotations" in {
        name.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for name in node.names
    }
    assert f'"{SETTINGS_VARIABLE}"' in BRIDGE.read_text("utf-8")


@pytest.mark.parametrize("code", ["no-pytest", "python-not-found", "python-unusable"])
def test_every_code_is_explained(code):
    explanation = all_explanations()[code]
    assert explanation.family == "checks" and explanation.remedy


def test_the_harness_s_options_come_after_the_projects():
    command = pytest_command(
        Path("/p/python"),
        (Path("/w"), Path("/w")),
        None,
        RunFiles(Path("/s")),
        ["--maxfail=1", "-x"],
        ["/w/t"],
    )
    assert command[:5] == ["/p/python", "-m", "pytest", "--maxfail=1", "-x"]
    assert command[-1] == "/w/t"
    assert command.index("-x") < command.index("--maxfail=0")
    assert "--confcutdir=/w" in command and "/s/config/pytest.ini" in command
    named = pytest_command(
        Path("/p/python"), (Path("/w"), Path("/w/sub")), Path("/w/sub/tox.ini"), RunFiles(Path("/s")), [], []
    )
    assert "--rootdir=/w/sub" in named and "--confcutdir=/w/sub" in named and "/w/sub/tox.ini" in named


def test_where_no_test_is_run_there_is_no_canary():
    """With xdist the process that hands tests out has no list of its own before pytest 8."""
    session = SimpleNamespace(config=SimpleNamespace(pluginmanager=pytest.PytestPluginManager()))
    assert list(run_canaries(session, "colorsys", "rgb_to_hsv")) == []
