"""Markdown of what was measured."""

import dataclasses
import os
import time


@dataclasses.dataclass
class Goal:
    """A figure with what it must and should be. `spread` are all its repetitions."""
    what: str
    value: float
    spread: list[float]
    must: float
    aim: float
    low_is_good: bool = False
    unit: str = ""
    ours: str = ""
    peer: str = ""
    cpu: float | None = None

    def verdict(self):
        def reached(limit):
            return self.value <= limit if self.low_is_good else self.value >= limit
        return "aim" if reached(self.aim) else "must" if reached(self.must) else "**missed**"


def number(value):
    if value is None:
        return ""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def goals_table(goals):
    rows = []
    for goal in goals:
        spread = f"{number(min(goal.spread))} to {number(max(goal.spread))}" if goal.spread else ""
        limits = [("at most " if goal.low_is_good else "") + number(limit) + goal.unit
                  for limit in (goal.must, goal.aim)]
        rows.append([goal.what, goal.ours, goal.peer, number(goal.value) + goal.unit, spread,
                     number(goal.cpu), *limits, goal.verdict()])
    return table(["measure", "ours", "peer", "result", "from, to", "ratio of CPU", "must", "aim",
                  "reached"], rows)


class Section:
    """What one measure found."""

    def __init__(self, measure):
        self.title = measure.__doc__.splitlines()[0]
        self.goals = []
        self.parts = []

    def goal(self, *arguments, **options):
        self.goals.append(Goal(*arguments, **options))

    def speed(self, what, pairs, unit, must, aim, factor=1):
        """Of pairs of rates: the higher the better. `factor` turns a sample into the unit."""
        ours, peers = ([sample.value * factor for sample in samples]
                       for samples in (pairs.ours, pairs.peer))
        cpu = pairs.cpu_ratio()
        self.goal(what, pairs.ratio(), pairs.ratios(), must, aim,
                  ours=f"{number(middle(ours))}{unit}", peer=f"{number(middle(peers))}{unit}",
                  cpu=1 / cpu if cpu else None)

    def duration(self, what, pairs, unit, must, aim, factor=1, speed=False):
        """Of pairs of times: as a ratio of times, or of speeds."""
        ours, peers = ([sample.value * factor for sample in samples]
                       for samples in (pairs.ours, pairs.peer))
        ratio, ratios, cpu = pairs.ratio(), pairs.ratios(), pairs.cpu_ratio()
        if speed:
            ratios = [1 / value for value in ratios]
            ratio, cpu = middle(ratios), 1 / cpu if cpu else None
        self.goal(what, ratio, ratios, must, aim, low_is_good=not speed,
                  ours=f"{number(middle(ours))}{unit}", peer=f"{number(middle(peers))}{unit}", cpu=cpu)

    def text(self, text):
        self.parts.append(text.strip() + "\n")

    def figures(self, head, rows):
        self.parts.append(table(head, rows))

    def markdown(self, seconds):
        parts = [f"## {self.title}\n"]
        if self.goals:
            parts.append(goals_table(self.goals))
        return "\n".join(parts + self.parts) + f"\n({seconds:.0f} s)\n"


def middle(values):
    values = sorted(values)
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def summary(goals):
    rows = [[goal.what, number(goal.value) + goal.unit, number(goal.must) + goal.unit,
             number(goal.aim) + goal.unit, goal.verdict()] for goal in goals]
    return "## Goals\n\n" + table(["measure", "result", "must", "aim", "reached"], rows)


def heading(bench):
    show = bench.observer.one
    settings = ", ".join(f"{name} {show(f'SHOW {name}')}" for name in (
        "shared_buffers", "max_wal_size", "fsync", "full_page_writes", "synchronous_commit",
        "shared_preload_libraries"))
    preload = "at work" if bench.worker_runs() else "not there"
    kind = "A quick trial" if bench.quick else "A full run"
    return (f"# Results\n\n"
            f"Of `dev/bench`; what is measured, and how, stands in [README.md](README.md).\n\n"
            f"{kind} of {bench.rounds} rounds, {time.strftime('%Y-%m-%d')}; "
            f"pg_kv {show('SELECT extversion FROM pg_extension WHERE extname = %s', 'pg_kv')}, "
            f"PostgreSQL {show('SHOW server_version').split()[0]}, {os.cpu_count()} processors, "
            f"load average at the start {os.getloadavg()[0]:.1f}.\n"
            f"Settings: {settings}. Maintenance worker: {preload}.\n")
