"""Compares `relief-depot plan` with OR-tools on random transportation problems.

    python -m venv venv && venv/bin/pip install ortools
    venv/bin/python tests/planning/compare.py target/release/relief-depot

For each problem both must miss equally many units and cost the same to the millionth; problems with
opening costs are compared with CP-SAT. The program's time includes its start and reading the file;
OR-tools' is that of building and solving. The seed is printed and can be given as a second argument.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ortools.graph.python import min_cost_flow
from ortools.sat.python import cp_model

MILLIONTHS = 1_000_000


def draw(dice, sources, sites, opening):
    """A problem of which one in three has less than is wanted, with holes and narrow ways."""
    demands = [dice.randrange(0, 60) for _ in range(sites)]
    plenty = dice.choice([0.7, 1.2, 2.0])
    even = max(1, int(sum(demands) * plenty / sources))
    costs = [
        [None if dice.random() < 0.1 else round(dice.uniform(0, 500), 3) for _ in range(sites)]
        for _ in range(sources)
    ]
    for site in range(sites):
        if all(row[site] is None for row in costs):
            costs[0][site] = 1.0
    return {
        "sources": [
            {"supply": dice.randrange(1, 2 * even + 1), "opening_cost": dice.randrange(0, 5_000) if opening else 0}
            for _ in range(sources)
        ],
        "sites": [{"demand": demand} for demand in demands],
        "costs": costs,
        "capacities": [
            [dice.randrange(1, 40) if dice.random() < 0.2 else None for _ in range(sites)]
            for _ in range(sources)
        ],
    }


def ways(problem):
    for source, row in enumerate(problem["costs"]):
        for site, cost in enumerate(row):
            if cost is None:
                continue
            most = min(problem["sources"][source]["supply"], problem["sites"][site]["demand"])
            narrow = problem["capacities"][source][site]
            yield source, site, round(cost * MILLIONTHS), most if narrow is None else min(most, narrow)


def by_min_cost_flow(problem):
    """Units missing and cost: what is missing comes from nowhere at more than any way can cost."""
    started = time.perf_counter()
    sources, sites = len(problem["sources"]), len(problem["sites"])
    nowhere = sources + sites
    dear = 10_000 * MILLIONTHS
    flow = min_cost_flow.SimpleMinCostFlow()
    for source, site, cost, capacity in ways(problem):
        flow.add_arc_with_capacity_and_unit_cost(source, sources + site, capacity, cost)
    missing = []
    for site, it in enumerate(problem["sites"]):
        missing.append(flow.add_arc_with_capacity_and_unit_cost(nowhere, sources + site, it["demand"], dear))
        flow.set_node_supply(sources + site, -it["demand"])
    total = 0
    for source, it in enumerate(problem["sources"]):
        flow.add_arc_with_capacity_and_unit_cost(source, nowhere, it["supply"], 0)
        flow.set_node_supply(source, it["supply"])
        total += it["supply"]
    flow.set_node_supply(nowhere, sum(it["demand"] for it in problem["sites"]) - total)
    assert flow.solve() == flow.OPTIMAL
    units = sum(flow.flow(arc) for arc in missing)
    return units, flow.optimal_cost() - units * dear, time.perf_counter() - started


def by_cp_sat(problem):
    """The same where opening costs: first the least missing, then the least cost."""
    started = time.perf_counter()
    model = cp_model.CpModel()
    sent = {(s, t): (model.new_int_var(0, most, ""), cost) for s, t, cost, most in ways(problem)}
    opened = [model.new_bool_var("") for _ in problem["sources"]]
    missing = [model.new_int_var(0, it["demand"], "") for it in problem["sites"]]
    for site, it in enumerate(problem["sites"]):
        model.add(sum(v for (_, t), (v, _) in sent.items() if t == site) + missing[site] == it["demand"])
    for source, it in enumerate(problem["sources"]):
        model.add(sum(v for (s, _), (v, _) in sent.items() if s == source) <= it["supply"] * opened[source])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    model.minimize(sum(missing))
    assert solver.solve(model) == cp_model.OPTIMAL
    units = round(solver.objective_value)
    model.add(sum(missing) == units)
    opening = sum(o * it["opening_cost"] * MILLIONTHS for o, it in zip(opened, problem["sources"]))
    model.minimize(sum(v * cost for v, cost in sent.values()) + opening)
    assert solver.solve(model) == cp_model.OPTIMAL
    return units, round(solver.objective_value), time.perf_counter() - started


def ours(program, problem, directory):
    path = Path(directory) / "problem.json"
    path.write_text(json.dumps(problem))
    started = time.perf_counter()
    done = subprocess.run([program, "plan", path], capture_output=True, text=True, check=True)
    taken = time.perf_counter() - started
    answer = json.loads(done.stdout)
    return answer["missing"], round(answer["cost"] * MILLIONTHS), taken, answer


def compare(what, program, dice, count, size, opening):
    """Prints how many answers are equal, and how the times compare."""
    solve = by_cp_sat if opening else by_min_cost_flow
    equal, proven, mine, theirs, worst = 0, 0, 0.0, 0.0, 0.0
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(count):
            problem = draw(dice, size(dice), size(dice), opening)
            units, cost, taken, answer = ours(program, problem, directory)
            best_units, best_cost, best_taken = solve(problem)
            # The answer's cost is a floating number: past 2^53 millionths it is not exact any more.
            slack = max(1, best_cost * 2**-50)
            equal += units == best_units and abs(cost - best_cost) <= slack
            assert units == best_units and cost >= best_cost - slack, problem
            assert answer["bound"] * MILLIONTHS <= best_cost + slack, problem
            proven += answer["status"] == "optimal"
            worst = max(worst, (cost - best_cost) / max(1, best_cost))
            mine, theirs = mine + taken, theirs + best_taken
    print(
        f"{what}: {equal} of {count} equal, {proven} proven, worst {100 * worst:.3f} % above; "
        f"ours {1000 * mine / count:.1f} ms, theirs {1000 * theirs / count:.1f} ms, ratio {mine / theirs:.2f}"
    )


def main():
    program = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    compare("1000 small", program, dice, 1_000, lambda dice: dice.randrange(1, 12), False)
    compare("20 large", program, dice, 20, lambda dice: dice.randrange(300, 500), False)
    compare("200 small with opening costs", program, dice, 200, lambda dice: dice.randrange(1, 8), True)
    compare("10 middle with opening costs", program, dice, 10, lambda dice: dice.randrange(12, 20), True)


if __name__ == "__main__":
    main()
