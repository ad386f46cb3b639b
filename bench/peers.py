#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Thresh (gcc and clang builds) beside libFuzzer and AFL++ with CmpLog: edges
# after equal CPU time of the whole process tree, by the neutral measure, and on
# the way there.
#
#   bench/peers.py [-b BUILD] [--kit DIR] [--targets a,b] [--cpu 40] [--seeds 3]
#                  [--engines thresh-gcc,thresh-clang,libfuzzer,afl]
#                  [--first 1] [--jobs 2] [--points 20] [--out DIR]
#
# The engines take turns on each target and seed (so many, from the first on). In
# DIR: runs.tsv, every run; curves.tsv, edges over CPU time; table.md, medians
# with minimum and maximum, the ratio to the better peer and its geometric mean;
# TARGET.svg, the curves' medians, and all.svg, of all targets.
import argparse
import concurrent.futures
import statistics
import subprocess
import sys
from pathlib import Path

import arena
import engines
import kit
import plot

OURS = ("thresh gcc", "thresh clang")
MAKERS = {
    "thresh-gcc": lambda b: engines.Thresh(b, "gcc"),
    "thresh-clang": lambda b: engines.Thresh(b, "clang"),
    "libfuzzer": lambda b: engines.LibFuzzer(),
    "libfuzzer-vp": lambda b: engines.LibFuzzer(
        "-use_value_profile=1", name="libFuzzer, value profile"),
    "afl": lambda b: engines.Afl(),
}


def edges_at(outcome, cpu):
    return max((n for t, n in outcome.curve if t <= cpu),
               default=outcome.start_edges)


def table(results, chosen):
    """Markdown; results[target][engine] is a list of outcomes."""
    lines = ["| target | " + " | ".join(chosen) + " | " + " | ".join(
        f"{e} / better peer" for e in chosen if e in OURS) + " |",
             "|---" * (1 + len(chosen) + sum(e in OURS for e in chosen)) + "|"]
    ratios = {e: [] for e in chosen if e in OURS}
    for name, by_engine in sorted(results.items()):
        row, medians = [name], {}
        for engine in chosen:
            edges = [o.edges for o in by_engine.get(engine, [])]
            row.append(arena.spread(edges, 0) if edges else "-")
            if edges:
                medians[engine] = statistics.median(edges)
        peers = [m for e, m in medians.items() if e not in OURS]
        for engine in ratios:
            if engine in medians and peers:
                ratio = medians[engine] / max(peers)
                ratios[engine].append(ratio)
                row.append(f"{ratio:.3f}")
            else:
                row.append("-")
        lines.append("| " + " | ".join(row) + " |")
    lines.append("")
    for engine, some in ratios.items():
        if some:
            lines.append(
                f"{engine}: geometric mean {arena.geometric_mean(some):.3f}, "
                f"least {min(some):.3f}, above 1 on "
                f"{sum(r > 1 for r in some)} of {len(some)} targets  ")
    return "\n".join(lines) + "\n"


def draw(out, results, chosen, cpu, points):
    """Curves of the medians, a picture a target and one of their sum as parts
    of the best median."""
    marks = [cpu * i / points for i in range(points + 1)]
    total = {e: [0.0] * len(marks) for e in chosen}
    for name, by_engine in results.items():
        curves = {}
        for engine, outcomes in by_engine.items():
            curves[engine] = [statistics.median(edges_at(o, t + 0.15)
                                                for o in outcomes)
                              for t in marks]
        best = max(c[-1] for c in curves.values())
        for engine, curve in curves.items():
            for i, value in enumerate(curve):
                total[engine][i] += value / best / len(results)
        plot.write(out / f"{name}.svg", f"{name}: edges over CPU seconds",
                   marks, curves)
    plot.write(out / "all.svg", "all targets: edges, as a part of the most "
               "reached, over CPU seconds", marks, total)


def run_all(args, targets, chosen):
    results, failed = {}, 0
    measured = kit.Kit(args.kit)

    def one(name, engine, seed):
        return arena.fight(engine, engine.build(measured, name),
                           measured.cover(name), seed, args.cpu, args.points)

    for name in targets:                # before anything is measured
        measured.cover(name)
        for engine in chosen:
            engine.build(measured, name)
    jobs = [(name, engine, seed)
            for seed in range(args.first, args.first + args.seeds)
            for name in targets
            for engine in (chosen if seed % 2 else chosen[::-1])]
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool, \
            open(args.out / "runs.tsv", "w", encoding="utf-8") as runs, \
            open(args.out / "curves.tsv", "w", encoding="utf-8") as curves:
        print("engine\ttarget\tseed\tedges\tfirst\tof\texecutions\tcpu_s\t"
              "wall_s\truns\tfiles", file=runs)
        print("engine\ttarget\tseed\tcpu_s\tedges", file=curves)
        todo = [(job, pool.submit(one, *job)) for job in jobs]
        for (name, engine, seed), future in todo:
            try:
                o = future.result()
            except (RuntimeError, OSError) as error:
                print(f"{name} {engine.name} seed {seed}: {error}",
                      file=sys.stderr, flush=True)
                failed += 1
                continue
            results.setdefault(name, {}).setdefault(engine.name, []).append(o)
            row = (engine.name, name, seed, o.edges, o.start_edges, o.total,
                   o.executions, f"{o.cpu:.2f}", f"{o.wall:.1f}", o.runs,
                   o.files)
            for file in (runs, sys.stderr):
                print(*row, sep="\t", file=file, flush=True)
            for cpu, edges in o.curve:
                print(engine.name, name, seed, f"{cpu:.2f}", edges, sep="\t",
                      file=curves)
    return results, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-b", type=Path, default=kit.HERE.parent / "build")
    parser.add_argument("--kit", type=Path, default=kit.OWN_KIT)
    parser.add_argument("--targets", default="")
    parser.add_argument("--engines",
                        default="thresh-gcc,thresh-clang,libfuzzer,afl")
    parser.add_argument("--cpu", type=float, default=40)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--out", type=Path,
                        default=kit.work_directory() / "peers")
    args = parser.parse_args()
    subprocess.run(["sh", kit.HERE.parent / "cmake" / "need.sh", "peers"],
                   check=True)
    args.out.mkdir(parents=True, exist_ok=True)
    wanted = args.engines.split(",")
    unknown = set(wanted) - set(MAKERS)
    if unknown:
        sys.exit(f"no engine {', '.join(unknown)}; there are "
                 f"{', '.join(MAKERS)}")
    chosen = [MAKERS[e](args.b) for e in wanted]
    targets = kit.Kit(args.kit).choose(args.targets)
    results, failed = run_all(args, targets, chosen)
    names = [e.name for e in chosen]
    text = table(results, names)
    (args.out / "table.md").write_text(text)
    draw(args.out, results, names, args.cpu, args.points)
    print(text + f"\n{args.out}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
