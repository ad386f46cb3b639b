# SPDX-License-Identifier: MIT
"""thresh plot: a drawing of what a file of statistics says."""
import json
import re
import subprocess
import xml.etree.ElementTree as xml

import pytest
from conftest import launch
from fuzzing import fuzz, programs  # noqa: F401 (fixtures)

pytestmark = pytest.mark.portable

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def plot(build, tmp_path):
    def call(*args, code=0):
        done = subprocess.run(launch([build / "thresh", "plot", *args]),
                              cwd=tmp_path, capture_output=True, text=True,
                              check=False)
        assert done.returncode == code, done.stderr
        return done
    return call


def event(kind, seconds, **more):
    return json.dumps({"event": kind, "elapsed": seconds, **more})


def progress(seconds, **more):
    return event("progress", seconds, **{"target": "t", "execs": 10,
                                         "edges": 7, "found": 3, "rate": 5,
                                         **more})


def texts(path):
    root = xml.parse(path).getroot()
    assert root.tag == SVG + "svg"
    return [t.text for t in root.iter(SVG + "text")], root


def paths(root, name):
    return [p.get("d") for p in root.iter(SVG + "path")
            if p.get("class") == name]


def test_a_run_is_drawn(fuzz, plot):  # noqa: F811
    fuzz.build("THRESH_TARGET(t, (bytes, b)) {"
               " if (b.size > 2 && b.data[1] == 'x') abort(); }")
    fuzz.run("-fuzz=t", "-stats=s", "-fuzztime=20000x", "-keepfuzzing",
             "-parallel=1").expect(1)
    assert plot("s").stdout == "s.svg\n"
    said, root = texts(fuzz.cwd / "s.svg")
    assert "t" in said and "edges" in said
    head = next(text for text in said if "executions," in text)
    assert "20k executions" in head and "1 failure reported" in head
    marks = [g.find(SVG + "title").text for g in root.iter(SVG + "g")]
    assert len(marks) == 1
    assert re.match(r"\d+s: .*(SIGABRT|abort)", marks[0])
    for name in ("area", "edges", "finds", "speed"):
        assert len(paths(root, name)) == 1


def test_runs_follow_each_other_and_add_up(plot, tmp_path):
    one = [event("start", 0, program="./x"), progress(1), progress(10)]
    two = [event("start", 0, program="./x"), progress(4, found=2, execs=5)]
    (tmp_path / "s").write_text("\n".join(one + two) + "\n")
    plot("s", "--output=folder/drawn.svg")
    said, root = texts(tmp_path / "folder/drawn.svg")
    assert any(text.startswith("14s, 15 executions, 7 edges, 5 new inputs")
               for text in said)
    assert len(paths(root, "edges")) == 2
    dotted = [line for line in root.iter(SVG + "line")
              if line.get("class") == "run"]
    assert len(dotted) == 1


def test_each_target_has_its_panel(plot, tmp_path):
    (tmp_path / "s").write_text(progress(1) + "\n"
                                + progress(2, target="<u>") + "\n")
    done = plot("s", "--output=-")
    root = xml.fromstring(done.stdout)
    titles = [t.text for t in root.iter(SVG + "text")
              if t.get("class") == "title"]
    assert titles == ["t", "<u>"]


@pytest.mark.parametrize("bad", [
    "{", '{"event"}', '{"event":"x",}', "[1,2", '"\\u12', '"\\ud800"', "nul",
    "1e", "[" * 100, '{"a":"\x01"}', '{"event":1}', "\\", '"\\', "+1", ""])
def test_lines_that_are_no_events_are_left_out(plot, tmp_path, bad):
    (tmp_path / "s").write_text(f"{progress(1)}\n{bad}\n{progress(2)}")
    told = plot("s").stderr
    assert told == ("thresh plot: s: 1 line left out that is no event\n"
                    if bad else "")
    said, _ = texts(tmp_path / "s.svg")
    assert any(text.startswith("2s, 10 executions") for text in said)


def test_names_survive_json_and_xml(plot, tmp_path):
    name = 'é "<\\&\U0001f600'
    (tmp_path / "s").write_text(progress(1, target=name))  # as \uXXXX
    plot("s")
    assert name in texts(tmp_path / "s.svg")[0]


def test_what_tells_of_no_run_is_refused(plot, tmp_path):
    (tmp_path / "s").write_text(event("end", 1) + "\n")
    assert "-stats=FILE" in plot("s", code=3).stderr
    assert "no-such" in plot("no-such", code=3).stderr
    assert "one file" in plot(code=2).stderr
