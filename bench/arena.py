# SPDX-License-Identifier: MIT
"""One run of an engine on a target, and what came of it.

A corpus changes while an engine runs: files are replaced by smaller ones. So
what appears is copied now and then, with the CPU time by which it was there;
edges over CPU time follow from the copies.
"""
import os
import shutil
import statistics
import tempfile
from pathlib import Path

import budget
import kit


class Outcome:
    """What one run has reached."""

    def __init__(self, curve, total, done, executions, files):
        self.curve = curve              # (CPU seconds, edges), rising
        self.edges = curve[-1][1]
        self.start_edges = curve[0][1]  # of the first inputs
        self.total = total
        self.cpu, self.wall, self.runs = done.cpu, done.wall, done.runs
        self.executions, self.files = executions, files

    @property
    def rate(self):
        return self.executions / max(self.cpu, 1e-3)


class Harvest:
    """Copies what an engine has found, at marks of CPU time."""

    def __init__(self, engine, folder, kept, marks):
        self.engine, self.folder, self.kept = engine, folder, kept
        self.marks = list(marks)
        self.seen = set()
        self.files = []                 # (label, path)
        kept.mkdir()

    def sample(self, cpu):
        if not self.marks or cpu < self.marks[0]:
            return
        while self.marks and cpu >= self.marks[0]:
            self.marks.pop(0)
        self.take(cpu)

    def take(self, cpu):
        for path in self.engine.inputs(self.folder):
            try:
                # A name may get new content, as AFL++'s do when it trims.
                stat = path.stat()
                identity = path, stat.st_size, stat.st_mtime_ns
                if identity in self.seen:
                    continue
                self.seen.add(identity)
                copy = self.kept / str(len(self.files))
                shutil.copyfile(path, copy)
            except FileNotFoundError:
                continue                # replaced meanwhile
            self.files.append((f"{cpu:.2f}", copy))


def fight(engine, target, cover, seed, cpu, points=0):
    """Runs an engine for `cpu` CPU-seconds."""
    with tempfile.TemporaryDirectory(prefix="arena-") as name:
        folder = Path(name) / "run"
        folder.mkdir()
        engine.prepare(target, folder)
        marks = [cpu * (i + 1) / points for i in range(points)]
        harvest = Harvest(engine, folder, Path(name) / "kept", marks)
        log = Path(name) / "log"
        with open(log, "wb") as output:
            done = budget.run(
                engine.command(target, seed), cpu, again=engine.again,
                sample=harvest.sample, cwd=folder, stdout=output,
                stderr=output, env={**os.environ,
                                    **getattr(engine, "ENV", {})})
        harvest.take(done.cpu)
        start = [("0.00", path) for path in kit.files_below(target.seeds)]
        counts, total = kit.measure(cover, start + harvest.files)
        text = log.read_text(errors="replace")
        executions = engine.executions(folder, text)
        if not executions:
            raise RuntimeError(f"{engine.name} on {target.name}, seed {seed}: "
                               f"no executions\n{text[-2000:]}")
        curve = [(float(label), n) for label, n in counts.items()]
        if float(curve[-1][0]) < done.cpu - 0.01:
            curve.append((done.cpu, curve[-1][1]))
        return Outcome(curve, total, done, executions, len(harvest.files))


def geometric_mean(values):
    return statistics.geometric_mean(values) if values else float("nan")


def spread(values, digits=3):
    return (f"{statistics.median(values):.{digits}f} "
            f"({min(values):.{digits}f}-{max(values):.{digits}f})")
