#!/bin/sh
# What `make bench` runs: the figures the documents quote. bench/run.sh BUILD
set -eu
cd "$(dirname "$0")/.."
echo "== the cost of instrumentation"
bench/instrumentation.sh
echo "== executions per CPU-second beside libFuzzer"
/usr/bin/python3 bench/speed.py -b "$1"
echo "== the parts of one execution"
bench/parts.sh
echo "== going on after a crash"
/usr/bin/python3 bench/crash.py -b "$1"
echo "== minimising a lethal input"
/usr/bin/python3 bench/minimise.py -n 1 -b "$1"
echo "== many workers"
/usr/bin/python3 bench/scaling.py -b "$1" pair
/usr/bin/python3 bench/scaling.py -b "$1" -s 40 many
