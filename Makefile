# The front door: everything is built by CMake; see CONTRIBUTING.md.
BUILD := build
CMAKE_FLAGS ?=

all:
	@sh cmake/need.sh build
	@cmake -S . -B $(BUILD) $(CMAKE_FLAGS) >/dev/null
	@cmake --build $(BUILD) --parallel "$$(nproc)" -- --no-print-directory --quiet

# Fuzzes an example until it has found, minimised and saved its planted bug.
demo: all
	@sh examples/demo.sh $(BUILD)

# Everything a change can break; a quarter of an hour on two cores.
test:
	@sh cmake/need.sh test
	@sh test/run.sh

# The same, and what is long or repeated.
test-all:
	@sh cmake/need.sh test
	@sh test/run.sh --all

# The tests of libFuzzer's mode beside libFuzzer itself; see doc/libfuzzer.md.
test-libfuzzer: all
	@sh cmake/need.sh test
	@test/libfuzzer/compare.py -b $(BUILD) -n "$$(nproc)"

# What make test runs, for Windows: cross-built, run by Wine; without what is the
# same on every system, unless WINDOWS_FLAGS=--all.
test-windows:
	@sh cmake/need.sh windows
	@$(MAKE) --no-print-directory all
	@sh test/windows/run.sh $(WINDOWS_FLAGS) $(BUILD)

# Benchmarks against other builds and engines; see bench/README.md.
bench: all
	@sh cmake/need.sh bench
	@sh bench/run.sh $(BUILD)

# Thresh beside libFuzzer and AFL++ on real libraries; hours. See bench/README.md.
bench-peers: all
	@/usr/bin/python3 bench/peers.py -b $(BUILD) $(PEERS_FLAGS)

install: all
	@cmake --install $(BUILD)

# Debian's package, in $(BUILD)/package.
deb: all
	@sh cmake/need.sh deb
	@cpack -G DEB --config $(BUILD)/CPackConfig.cmake -B $(BUILD)/package

clean:
	@rm -rf build build-*

.PHONY: all demo test test-all test-libfuzzer test-windows bench bench-peers install deb clean
