"""Times OR-tools' min-cost flow on the instances of the planner's bench.

    mkdir instances && PLANNER_INSTANCES=instances cargo bench -p domain --bench planner
    python -m venv venv && venv/bin/pip install ortools numpy
    venv/bin/python tests/planning/separable.py instances

One flow for each item, with one cost: what is missing costs more than any way, and a unit costs its
minutes on the road. The bench puts the same question to our flows alone ("flows alone") and prints the
same units missing and the same minutes, or one of both is wrong. The whole planner does more in its
time: it decides by every yardstick in turn, joins loads, takes from the shelves, measures and explains.
Printed are the median of three rounds of building and solving, the least and the most, as time on the
wall and as time that the processor worked.
"""

import statistics
import sys
import time
from pathlib import Path

import numpy as np
from ortools.graph.python import min_cost_flow

ROUNDS = 3
DEAR = 1_000_000


def read(path):
    """Minutes by depot and site, and for each item who has and who wants how much."""
    ways, stocks, needs = {}, {}, {}
    for line in path.read_text().splitlines():
        kind, *fields = line.split()
        a, b, c, d = map(int, fields)
        if kind == "w":
            ways[a, b] = c
        elif kind == "s":
            stocks.setdefault(a, []).append((b, c))
        else:
            needs.setdefault(a, []).append((b, c, d))
    minutes = np.zeros((1 + max(a for a, _ in ways), 1 + max(b for _, b in ways)), dtype=np.int64)
    for (depot, site), time_min in ways.items():
        minutes[depot, site] = time_min
    return minutes, [(np.array(stocks.get(item, []), dtype=np.int64).reshape(-1, 2), np.array(of_item)) for item, of_item in needs.items()]


def solve(minutes, stock, need):
    """Units missing of one item, and minutes on the road."""
    depots, sites = len(stock), len(need)
    nowhere = depots + sites
    flow = min_cost_flow.SimpleMinCostFlow()
    starts = np.repeat(np.arange(depots), sites)
    ends = depots + np.tile(np.arange(sites), depots)
    room = np.minimum(stock[:, 1][:, None], need[:, 1][None, :]).ravel()
    cost = minutes[np.ix_(stock[:, 0], need[:, 0])].ravel()
    flow.add_arcs_with_capacity_and_unit_cost(starts, ends, room, cost)
    missing = flow.add_arcs_with_capacity_and_unit_cost(
        np.full(sites, nowhere), depots + np.arange(sites), need[:, 1], np.full(sites, DEAR)
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        np.arange(depots), np.full(depots, nowhere), stock[:, 1], np.zeros(depots, dtype=np.int64)
    )
    supply = np.concatenate([stock[:, 1], -need[:, 1], [need[:, 1].sum() - stock[:, 1].sum()]])
    flow.set_nodes_supplies(np.arange(nowhere + 1), supply)
    assert flow.solve() == flow.OPTIMAL
    missing = int(flow.flows(missing).sum())
    return missing, flow.optimal_cost() - DEAR * missing


def told(taken):
    return f"{statistics.median(taken):.1f} ms ({min(taken):.1f} to {max(taken):.1f})"


def main():
    for path in sorted(Path(sys.argv[1]).glob("*.txt"), key=lambda path: int(path.stem)):
        minutes, items = read(path)
        passed, worked = [], []
        for _ in range(ROUNDS):
            started, worked_before = time.perf_counter(), time.process_time()
            answers = [solve(minutes, stock, need) for stock, need in items]
            worked.append(1_000 * (time.process_time() - worked_before))
            passed.append(1_000 * (time.perf_counter() - started))
        missing, driven = (sum(figures) for figures in zip(*answers))
        print(f"{path.stem:>5} depots: {told(passed)} on the wall, {told(worked)} worked, {missing} missing, {driven} minutes")


if __name__ == "__main__":
    main()
