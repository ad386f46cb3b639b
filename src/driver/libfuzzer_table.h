/* SPDX-License-Identifier: MIT
 *
 * The table of libfuzzer_flags.h, which is included with INT and TEXT defined,
 * once for the fields and once for the rows: name, default, what it means to
 * libFuzzer, and what Thresh does instead, in the words of a line that is
 * printed when the flag is used; NULL: what it is asked.
 */
// NOLINTBEGIN(llvm-header-guard): included twice on purpose
INT(verbosity, 1, "Verbosity level.", NULL)
INT(seed, 0, "Random seed. If 0, seed is generated.", NULL)
INT(runs, -1, "Number of individual test runs (-1 for infinite runs).", NULL)
INT(max_total_time, 0,
    "If positive, the maximal total time in seconds to run the fuzzer.", NULL)
INT(max_len, 0, "Maximum length of the test input. If 0, chosen by the corpus.",
    NULL)
INT(len_control, 100,
    "Try small inputs first, then larger ones over time. If 0, inputs may be "
    "as long as max_len at once.",
    NULL)
TEXT(seed_inputs,
     "A comma-separated list of input files to use as an additional seed "
     "corpus, or \"@\" followed by the name of a file with such a list.",
     NULL)
INT(keep_seed, 0, "Keep seed inputs even if they bring nothing new.",
    "entries are never dropped from the corpus")
INT(cross_over, 1, "If 1, cross over inputs.", NULL)
INT(cross_over_uniform_dist, 0,
    "If 1, choose what inputs are crossed over with evenly.",
    "mates are chosen by the weights of the corpus")
INT(mutate_depth, 5, "Apply this number of mutations to each input.",
    "the number of mutations is chosen for each input")
INT(reduce_depth, 0, "Reduce depth if mutations lose unique features.",
    "the number of mutations is chosen for each input")
INT(shuffle, 1, "Shuffle inputs at startup.",
    "entries are run in the order of their names")
INT(prefer_small, 1, "Prefer smaller inputs during the corpus shuffle.",
    "entries are run in the order of their names")
INT(timeout, 1200,
    "Timeout in seconds (if positive): an execution that takes longer is a "
    "failure.",
    NULL)
INT(error_exitcode, 77, "The exit code of crashes and leaks.", NULL)
INT(timeout_exitcode, 70, "The exit code of time-outs.", NULL)
INT(help, 0, "Print help.", NULL)
INT(fork, 0,
    "Fuzz in so many workers and go on after time-outs, out-of-memory and, "
    "with -ignore_crashes=1, crashes.",
    NULL)
INT(fork_corpus_groups, 0, "Group the corpus by size in fork mode.",
    "all workers share one corpus")
INT(ignore_timeouts, 1, "Ignore timeouts in fork mode.", NULL)
INT(ignore_ooms, 1, "Ignore OOMs in fork mode.", NULL)
INT(ignore_crashes, 0, "Ignore crashes in fork mode.", NULL)
INT(merge, 0,
    "If 1, merge the 2nd, 3rd, ... corpora into the 1st: take what brings "
    "something new.",
    NULL)
INT(set_cover_merge, 0,
    "The same, with the greedy algorithm for a smallest set.", NULL)
TEXT(stop_file, "Stop fuzzing as soon as this file exists.", NULL)
TEXT(merge_control_file, "The control file of a merge, which can be resumed.",
     NULL)
INT(minimize_crash, 0,
    "If 1, minimize the given crash input. Use with -runs=N or "
    "-max_total_time=N, and with -exact_artifact_path.",
    NULL)
INT(cleanse_crash, 0,
    "If 1, try to replace bytes of the given crash input by plain ones. Use "
    "with -exact_artifact_path.",
    NULL)
TEXT(mutation_graph_file, "Save a graph of mutations to this file.",
     "no graph of mutations is written")
INT(use_counters, 1, "Use coverage counters.", "counters are always used")
INT(use_memmem, 1, "Use hints from intercepting memmem, strstr, etc.",
    "comparisons are always traced")
INT(use_value_profile, 0, "Use value profile to guide fuzzing.",
    "comparisons are traced and solved for each entry")
INT(use_cmp, 1, "Use CMP traces to guide mutations.",
    "comparisons are always traced")
INT(shrink, 0, "Try to shrink corpus inputs.",
    "short and cheap entries are preferred")
INT(reduce_inputs, 1, "Try to reduce inputs while they keep their features.",
    "short and cheap entries are preferred")
INT(jobs, 0,
    "Number of jobs to run: here, of workers of one run, unless -workers says "
    "how many.",
    NULL)
INT(workers, 0, "Number of workers. If zero, min(jobs, NumberOfCpuCores()/2).",
    NULL)
INT(reload, 1,
    "Look every N seconds for files that others put into the main corpus. If "
    "0, never.",
    NULL)
INT(report_slow_units, 10,
    "Report the slowest execution if it took this number of seconds.", NULL)
INT(only_ascii, 0, "If 1, generate only ASCII (isprint+isspace) inputs.", NULL)
TEXT(dict, "Use the dictionary file.", NULL)
TEXT(artifact_prefix, "Write failing inputs as $(artifact_prefix)file.", NULL)
TEXT(exact_artifact_path,
     "Write the failing input to this very file; overrides -artifact_prefix.",
     NULL)
INT(print_pcs, 0, "If 1, print out newly covered PCs.", NULL)
INT(print_funcs, 2,
    "If >=1, print out at most this number of newly covered functions.", NULL)
INT(print_final_stats, 0, "If 1, print statistics at exit.", NULL)
INT(print_corpus_stats, 0, "If 1, print statistics on corpus elements at exit.",
    NULL)
INT(print_coverage, 0, "If 1, print coverage information at exit.", NULL)
INT(print_full_coverage, 0, "If 1, print full coverage information at exit.",
    NULL)
INT(dump_coverage, 0, "Deprecated.", "it is deprecated and does nothing")
INT(handle_segv, 1, "If 1, try to intercept SIGSEGV.",
    "workers catch every signal")
INT(handle_bus, 1, "If 1, try to intercept SIGBUS.",
    "workers catch every signal")
INT(handle_abrt, 1, "If 1, try to intercept SIGABRT.",
    "workers catch every signal")
INT(handle_ill, 1, "If 1, try to intercept SIGILL.",
    "workers catch every signal")
INT(handle_fpe, 1, "If 1, try to intercept SIGFPE.",
    "workers catch every signal")
INT(handle_int, 1, "If 1, try to intercept SIGINT.",
    "SIGINT always ends the run in order")
INT(handle_term, 1, "If 1, try to intercept SIGTERM.",
    "SIGTERM always ends the run in order")
INT(handle_trap, 1, "If 1, try to intercept SIGTRAP.",
    "workers catch every signal")
INT(handle_xfsz, 1, "If 1, try to intercept SIGXFSZ.",
    "workers catch every signal")
INT(handle_usr1, 1, "If 1, SIGUSR1 ends the run with exit code 0.", NULL)
INT(handle_usr2, 1, "If 1, SIGUSR2 ends the run with exit code 0.", NULL)
INT(handle_winexcept, 1,
    "If 1, try to intercept uncaught Windows Visual C++ Exceptions.",
    "workers catch every exception")
INT(close_fd_mask, 0,
    "If 1, drop what the target prints to stdout; if 2, to stderr; if 3, to "
    "both.",
    NULL)
INT(detect_leaks, 1, "If 1, look for leaks where LeakSanitizer is linked in.",
    NULL)
INT(purge_allocator_interval, 1,
    "Purge allocator caches and quarantines every <N> seconds.",
    "allocators give memory back by themselves, and workers that grow are "
    "replaced")
INT(trace_malloc, 0, "If >= 1, print all mallocs/frees.",
    "mallocs are not printed")
INT(rss_limit_mb, 2048,
    "Memory in Mb above which a worker is ended; 0: no limit.", NULL)
INT(malloc_limit_mb, 0,
    "Mb above which one allocation is a failure. If 0, as rss_limit_mb.", NULL)
TEXT(exit_on_src_pos, "Exit when a PC of this source location is covered.",
     NULL)
TEXT(exit_on_item, "Exit when an item with this SHA-1 enters the corpus.", NULL)
INT(ignore_remaining_args, 0,
    "If 1, ignore all arguments passed after this one.", NULL)
TEXT(focus_function, "Focus on inputs that call this function.",
     "the search is not narrowed to a function")
INT(entropic, 1, "Enables the entropic power schedule.",
    "entries are weighed by what is rare in them, their cost and length")
INT(entropic_feature_frequency_threshold, 255,
    "Features seen less often than this are rare.",
    "entries are weighed by what is rare in them, their cost and length")
INT(entropic_number_of_rarest_features, 100,
    "Number of features whose frequencies are kept.",
    "entries are weighed by what is rare in them, their cost and length")
INT(entropic_scale_per_exec_time, 0,
    "Scale energy by the time an execution takes.",
    "entries are weighed by what is rare in them, their cost and length")
INT(analyze_dict, 0, "Analyse the dictionary.",
    "tokens of a dictionary are weighed by what they bring")
INT(use_clang_coverage, 0, "Deprecated; don't use.",
    "it is deprecated and does nothing")
TEXT(data_flow_trace, "Use the data flow trace.",
     "comparisons are traced in the run itself")
TEXT(collect_data_flow, "Collect the data flow trace.",
     "comparisons are traced in the run itself")
TEXT(features_dir, "Directory of features of inputs.",
     "features are not written")
INT(create_missing_dirs, 0, "Make the directories that are given.", NULL)
INT(merge_inner, 0, "Internal.", "it is internal to libFuzzer")
INT(minimize_crash_internal_step, 0, "Internal.", "it is internal to libFuzzer")
// NOLINTEND(llvm-header-guard)
