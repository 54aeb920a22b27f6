"""`harness guard`: arguments in, verdict out."""

from __future__ import annotations

import os
import sys

from harness.guard.failures import wrong_usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.guard.objects import Objects
    from harness.guard.scene import Scene
    from harness.guard.violation import Violation

USAGE = """\
usage: harness guard [--staged | --range A..B | --pre-push [REMOTE]]
                     [--json | --sarif | --github]

Refuse changes to what [policy] protected in harness.toml lists and to recorded rows of
telemetry/*.ndjson, names that are no plain file names everywhere, conflict markers,
secrets and oversized files. The policy is read from the commit the changes build on (of
a range also from A), so no change can lift its own protection.

  --staged      judge what is staged, against HEAD (the default)
  --range A..B  judge what B changes since it left A, against their merge base
  --pre-push    judge what a push brings; reads the lines git gives a pre-push hook
  --json        print one JSON document
  --sarif       print SARIF 2.1.0, for code scanning
  --github      print annotations for GitHub Actions, and append to $GITHUB_STEP_SUMMARY

Exit codes: 0 accepted, 3 refused, 2 wrong usage or configuration.
"""
_FORMATS = ("--json", "--sarif", "--github")
_REFUSED = 3  # harness.errors.REFUSED, whose import an accepted commit does without


class Request:
    """What the arguments ask for: one way to find changes, one way to print the verdict."""

    __slots__ = ("endpoints", "mode", "output", "remote")

    def __init__(self) -> None:
        self.mode, self.output = "", "--text"
        self.endpoints = ""
        self.remote: str | None = None


def run(arguments: list[str], difference: Callable[[], bytes | None] | None = None) -> int:
    """Judge and print; returns the exit code. `difference` is `StagedChanges`'s."""
    if "-h" in arguments or "--help" in arguments:
        sys.stdout.write(USAGE)
        return 0
    request = parse(arguments)
    if request.mode == "--pre-push":
        return _finish(request, *_pushed(request.remote))
    if request.mode == "--range":
        from harness.guard.ranges import endpoints, range_scene

        return _finish(request, *_judged([range_scene(*endpoints(request.endpoints))]))
    return _staged(request, difference)


def _pushed(remote: str | None) -> tuple[list[Scene], list[Violation], list[str]]:
    from harness.guard.objects import Objects
    from harness.guard.pushed import (
        MOST_BYTES,
        from_environment,
        pushed_scenes,
        range_from_environment,
        read_lines,
    )

    told = from_environment(os.environ)
    if told is None and (between := range_from_environment(os.environ)):
        from harness.guard.ranges import range_scene

        return _judged([range_scene(*between)])
    if told is None:
        told = read_lines(sys.stdin.buffer.read(MOST_BYTES + 1)), remote
    objects = Objects()
    return _judged(pushed_scenes(*told, objects), objects)


def _staged(request: Request, difference: Callable[[], bytes | None] | None) -> int:
    from harness.guard.objects import Objects
    from harness.guard.staged import StagedChanges

    objects = Objects()
    staged = StagedChanges(objects, difference)
    # Imported while git is at work.
    from harness.guard import judging, scene  # noqa: F401

    told = _told_range(objects) if "PRE_COMMIT_FROM_REF" in os.environ else []
    scenes, violations, remarks = _judged([staged.scene(), *told], objects)
    if violations and not told and scenes[0].bases:
        from harness.guard.taken_back import without_taken_back

        violations = without_taken_back(scenes[0].bases[0], violations)
    return _finish(request, scenes, violations, remarks)


def _told_range(objects: Objects) -> list[Scene]:
    """The range the pre-commit framework was given, if any; what is staged is nothing in CI."""
    from harness.guard.pushed import range_from_environment
    from harness.guard.ranges import range_scene

    between = range_from_environment(os.environ)
    # Variables stay set for what a hook starts, in whichever repository.
    known = between and all(objects.named(f"{revision}^{{commit}}") for revision in between)
    return [range_scene(*between)] if between and known else []


def _judged(
    scenes: list[Scene], objects: Objects | None = None
) -> tuple[list[Scene], list[Violation], list[str]]:
    """(the scenes, their violations, what is to be remarked), each once."""
    from harness.guard.judging import judge
    from harness.guard.objects import Objects

    objects = objects or Objects()
    found: dict[tuple[str, str | None], Violation] = {}
    remarks: dict[str, None] = {}
    for scene in scenes:
        policies = scene.policies(objects)
        if all(policy.remark for policy in policies):
            remarks.update(dict.fromkeys(policy.remark for policy in policies))
        violations = judge(scene, policies, objects)
        if scene.bases and (changed := scene.policy_change()) is not None:
            from harness.guard.next_policy import loosened

            remarks.update(dict.fromkeys(filter(None, [loosened(changed, policies, objects)])))
        if violations:
            from harness.guard.approved import without_approved

            violations, approved = without_approved(scene, violations, objects)
            remarks.update(dict.fromkeys(approved))
        for violation in violations:
            found.setdefault((violation.code, violation.path), violation)
        if len(scenes) > 1:
            scene.forget()
    objects.close()
    return scenes, list(found.values()), list(remarks)


def _finish(request: Request, scenes: list[Scene], violations: list[Violation], remarks: list[str]) -> int:
    if violations or remarks or request.output != "--text":
        from harness.guard.printing import print_verdict

        bases = [base for scene in scenes for base in scene.bases[:1]]
        print_verdict(request.output, bases, violations, remarks)
    return _REFUSED if violations else 0


def parse(arguments: list[str]) -> Request:
    """The request; UsageError `wrong-usage` for what is unknown or excludes each other."""
    request, outputs, modes = Request(), [], []
    remaining = list(reversed(arguments))
    while remaining:
        name, equals, value = remaining.pop().partition("=")
        if name in _FORMATS and not equals:
            outputs.append(name)
        elif name == "--staged" and not equals:
            modes.append(name)
        elif name == "--range":
            modes.append(name)
            request.endpoints = value if equals else remaining.pop() if remaining else ""
        elif name == "--pre-push":
            modes.append(name)
            request.remote = value or None
            if not equals and remaining and not remaining[-1].startswith("--"):
                request.remote = remaining.pop() or None
        else:
            raise wrong_usage(f"harness guard doesn't know {name + equals + value!r}")
    for chosen in (modes, outputs):
        if len(set(chosen)) > 1:
            raise wrong_usage(f"{' and '.join(dict.fromkeys(chosen))} exclude each other")
    request.mode = modes[-1] if modes else "--staged"
    request.output = outputs[-1] if outputs else "--text"
    return request
