#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Two builds of Thresh, paired: the same targets, compilers and seeds, equal CPU
# time, edges by the neutral measure. Prints for each target the medians and the
# ratio B/A, and the geometric mean of all ratios.
#
#   bench/compare.py BUILD_A BUILD_B [--kit DIR] [--targets a,b] [--cpu 20]
#                    [--seeds 3] [--compilers clang,gcc] [--jobs 2] [--tsv FILE]
#
# A BUILD is a build directory, with thresh and libthresh.a in it; flags for the
# programs of one build alone are given as --flags-a and --flags-b. Both runs of
# a pair go on at the same time, so that a busy machine disturbs both.
import argparse
import concurrent.futures
import shlex
import statistics
import sys
from pathlib import Path

import arena
import engines
import kit


class Flagged(engines.Thresh):
    """A build whose programs get more flags."""

    def __init__(self, build, compiler, name, flags):
        super().__init__(build, compiler, name)
        self.flags = shlex.split(flags)

    def command(self, target, seed):
        return super().command(target, seed) + self.flags


def pairs(args, targets):
    """All (compiler, target, seed, side) in the order in which they run: what
    belongs together side by side, all targets once before the second seed."""
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        for name in targets:
            for compiler in args.compilers.split(","):
                # Whoever is started first takes turns.
                for side in ("AB", "BA")[seed % 2]:
                    yield compiler, name, seed, side


def run_all(args, targets, sides):
    """{(compiler, target): {side: [Outcome by seed]}}; prints as they come."""
    results, failed = {}, 0
    tsv = open(args.tsv, "a", encoding="utf-8") if args.tsv else None
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        todo = [(job, pool.submit(one, args, sides, *job))
                for job in pairs(args, targets)]
        for (compiler, name, seed, side), future in todo:
            try:
                done = future.result()
            except (RuntimeError, OSError) as error:
                print(f"{name} {compiler} {side} seed {seed}: {error}",
                      file=sys.stderr, flush=True)
                failed += 1
                continue
            results.setdefault((compiler, name), {}) \
                .setdefault(seed, {})[side] = done
            row = (side, compiler, name, seed, done.edges, done.start_edges,
                   done.total, done.executions, f"{done.cpu:.2f}",
                   f"{done.wall:.1f}", done.files)
            line = "\t".join(str(field) for field in row)
            print(line, file=sys.stderr, flush=True)
            if tsv:
                print(line, file=tsv, flush=True)
    return results, failed


def one(args, sides, compiler, name, seed, side):
    targets = Kit.of(args)
    engine = sides[compiler, side]
    return arena.fight(engine, engine.build(targets, name),
                       targets.cover(name), seed, args.cpu)


class Kit:
    """The kit, made once."""

    made = None

    @classmethod
    def of(cls, args):
        cls.made = cls.made or kit.Kit(args.kit)
        return cls.made


def table(results):
    print("| target | compiler | edges A | edges B | B/A | each pair | "
          "executions B/A |\n|---|---|---|---|---|---|---|")
    ratios, speeds, wins, losses = {}, [], 0, 0
    for (compiler, name), by_seed in sorted(results.items(),
                                            key=lambda i: i[0][::-1]):
        both = [p for p in by_seed.values() if len(p) == 2]
        if not both:
            continue
        a = [p["A"].edges for p in both]
        b = [p["B"].edges for p in both]
        ratio = statistics.median(b) / statistics.median(a)
        ratios.setdefault(compiler, []).append(ratio)
        each = [y / x for x, y in zip(a, b)]
        speed = [p["B"].rate / p["A"].rate for p in both]
        speeds.append(statistics.median(speed))
        wins += sum(y > x for x, y in zip(a, b))
        losses += sum(y < x for x, y in zip(a, b))
        print(f"| {name} | {compiler} | {statistics.median(a):.0f} | "
              f"{statistics.median(b):.0f} | {ratio:.3f} | "
              f"{arena.spread(each)} | {arena.spread(speed, 2)} |")
    everything = [r for some in ratios.values() for r in some]
    for compiler, some in sorted(ratios.items()):
        print(f"\n{compiler}: geometric mean B/A "
              f"{arena.geometric_mean(some):.4f} of {len(some)} targets")
    if everything:
        print(f"\nall: geometric mean B/A "
              f"{arena.geometric_mean(everything):.4f}, executions "
              f"{arena.geometric_mean(speeds):.3f}; B has more edges in {wins} "
              f"pairs, fewer in {losses}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("a", type=Path)
    parser.add_argument("b", type=Path)
    parser.add_argument("--kit", type=Path, default=kit.OWN_KIT)
    parser.add_argument("--targets", default="")
    parser.add_argument("--compilers", default="clang,gcc")
    parser.add_argument("--cpu", type=float, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--flags-a", default="")
    parser.add_argument("--flags-b", default="")
    parser.add_argument("--tsv", type=Path)
    args = parser.parse_args()
    targets = Kit.of(args).choose(args.targets)
    sides = {(compiler, side): Flagged(build, compiler, side, flags)
             for compiler in args.compilers.split(",")
             for side, build, flags in (("A", args.a, args.flags_a),
                                        ("B", args.b, args.flags_b))}
    for name in targets:            # before anything is measured
        Kit.of(args).cover(name)
        for engine in sides.values():
            engine.build(Kit.of(args), name)
    results, failed = run_all(args, targets, sides)
    table(results)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
