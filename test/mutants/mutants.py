# SPDX-License-Identifier: MIT
"""All mutants, and the requirements on coordinator and workers in words."""
import ends
import failures
import kinds
import processes
import tests

REQUIREMENTS = {
    "R1.1": "a stop during a call cuts no message and blocks nothing",
    "R1.2": "messages of two calls never mix on a pipe",
    "R1.3": "a stop while a worker answers lets it finish",
    "R1.4": "a worker whose request pipe is closed exits with 0",
    "R1.5": "nothing is told of workers that we kill ourselves",
    "R2.1": "the empty input is run, mutated and can fail like every other",
    "R2.2": "the input that ended a worker is recovered and saved",
    "R2.3": "a find and a failure of one batch are both taken",
    "R2.4": "a worker that can't be started ends the run, as an error",
    "R2.5": "what the coordinator keeps of a region is its own copy",
    "R3.1": "the end of a run during a call touches no unmapped memory",
    "R3.2": "releasing a process twice, or one never begun, does nothing",
    "R3.3": "work that loses the race with a stop is no failure",
    "R3.4": "during a call nobody but the worker writes its input",
    "R3.5": "a corpus file that vanishes holds nothing up",
    "R4.1": "each worker has its own pipes and its own region",
    "R4.2": "a worker inherits no other descriptor",
    "R4.3": "no temporary file outlives the run, however it ends",
    "R4.4": "starting a worker changes no other process's environment",
    "R5.1": "workers that crash in one moment don't block the end",
    "R5.2": "none of their failures is lost",
    "R5.3": "what a worker is sending is always taken in",
    "R5.4": "a stop masks no failure, a failure no earlier one",
    "R5.5": "the run returns when every child has been reaped",
    "stop": "a stop reaches the coordinator only, and lets its work finish",
    "kill -9": "workers end with their coordinator",
    "lies": "nothing that a worker says is believed unchecked",
    "tests": "inputs as tests: side by side, in order, bounded in time",
    "forms": "TAP and XML are what their readers take them for",
    "several": "several targets share a run, and each keeps what it has",
    "kinds": "an argument has only values that it may have, from old files too",
    "simpler values": "a value only ever becomes a simpler one that fails",
    "comparisons": "a trace leads to allowed candidates and leaves no trace",
    "around": "set-up and tear-down of a target run, and tell when they fail",
    "sealed": "no worker can write the shared memory",
}

MUTANTS = processes.MUTANTS + ends.MUTANTS + failures.MUTANTS + (
    tests.MUTANTS + kinds.MUTANTS)
