"""A plan with what it will take: the order of its phases, and the tokens each is expected to use."""

from __future__ import annotations

import graphlib
import heapq
from typing import TYPE_CHECKING, Any

from harness.git.tree import Tree
from harness.phase.budgets import budget_of
from harness.phase.context import read_base_config, read_checkout_config
from harness.phase.invocation import PhaseOptions, most_tokens
from harness.phase.samples import deliverable_facts, predict_phase
from harness.planning.soundness import next_base

if TYPE_CHECKING:
    from harness.git.repository import Repository
    from harness.plan import Phase, Plan
    from harness.planning.model import PlanProblem
    from harness.telemetry.estimator import Prediction


def running_order(plan: Plan) -> list[Phase]:
    """The phases as a drain begins them one by one: plan order, each after those it depends on."""
    place = {phase.id: number for number, phase in enumerate(plan.phase)}
    sorter = graphlib.TopologicalSorter({phase.id: phase.depends_on for phase in plan.phase})
    sorter.prepare()
    order: list[Phase] = []
    ready = [place[name] for name in sorter.get_ready()]
    heapq.heapify(ready)
    while ready:
        phase = plan.phase[heapq.heappop(ready)]
        order.append(phase)
        sorter.done(phase.id)
        for name in sorter.get_ready():
            heapq.heappush(ready, place[name])
    return order


def plan_document(
    user: Repository, plan: Plan, path: str, problems: list[PlanProblem], base: str | None = None
) -> dict[str, Any]:
    """The JSON document `harness.plan/1`; tokens are output tokens of one attempt, summed up for the run."""
    commit = next_base(user, plan, base)
    config = read_checkout_config(user) or read_base_config(user, commit, None).config
    tree = Tree(user.objects, commit)
    rows = []
    for number, phase in enumerate(running_order(plan), start=1):
        facts = deliverable_facts(phase, tree)
        prediction = predict_phase(phase, facts, config.telemetry.profile, user.root)
        limits = budget_of(config.budget, phase)
        most = most_tokens(config, phase, PhaseOptions(user.root / path))
        wanted = (prediction.budget, limits.phase.tokens, limits.attempt.tokens, most)
        rows.append(_row(number, phase, prediction, min(limit for limit in wanted if limit is not None)))
    return {
        "schema": "harness.plan/1",
        "run": plan.run.id,
        "type": plan.run.type,
        "path": path,
        "phases": rows,
        "tokens": {key: sum(row["tokens"][key] for row in rows) for key in ("predicted", "budget")},
        "limits": config.budget.model_dump(mode="json"),
        "problems": [problem.as_json() for problem in problems],
    }


def _row(number: int, phase: Phase, prediction: Prediction, budget: int) -> dict[str, Any]:
    return {
        "order": number,
        "phase": phase.id,
        "goal": phase.goal,
        "tier": phase.tier,
        "category": phase.category,
        "complexity": phase.complexity,
        "agent": phase.agent,
        "max_attempts": phase.max_attempts,
        "depends_on": list(phase.depends_on),
        "deliverables": list(phase.deliverables),
        "scope": list(phase.shown_scope),
        "required_tests": list(phase.required_tests),
        "tokens": {
            "predicted": prediction.tokens,
            "budget": budget,
            "confidence": round(prediction.confidence, 3),
        },
        "remarks": list(phase.remarks),
    }
