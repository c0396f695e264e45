# The plain C++ under test without a server: make check-unit, make check-fuzz.

UNIT_CXX = g++
UNIT_CXXFLAGS = -std=c++20 -Wall -Wextra -Werror -g -O1 -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all -Isrc -Itest/unit
UNIT_CODE = $(wildcard src/core/*.cpp src/resp/*.cpp src/type/*.cpp src/command/*.cpp)
UNIT_TESTS = $(filter-out test/unit/fuzz_%,$(wildcard test/unit/*.cpp))
UNIT_OBJECTS = $(patsubst %.cpp,build/unit/%.o,$(UNIT_CODE) $(UNIT_TESTS))

FUZZ_CXX = clang++-14
FUZZ_RUNS = 200000
FUZZ_CODE = $(wildcard src/core/*.cpp src/resp/*.cpp)
FUZZERS = $(patsubst test/unit/fuzz_%.cpp,build/fuzz/%,$(wildcard test/unit/fuzz_*.cpp))

.PHONY: check-unit check-fuzz

check-unit: build/unit/run
	build/unit/run --gtest_brief=1 $(UNIT_OPTIONS)

build/unit/run: $(UNIT_OBJECTS)
	$(UNIT_CXX) $(UNIT_CXXFLAGS) -o $@ $^ -lgtest -lgtest_main

build/unit/%.o: %.cpp
	@mkdir -p $(@D)
	$(UNIT_CXX) $(UNIT_CXXFLAGS) -MMD -MP -c -o $@ $<

check-fuzz: $(FUZZERS)
	for fuzzer in $^; do \
		$$fuzzer -runs=$(FUZZ_RUNS) -max_len=64 -verbosity=0 -artifact_prefix=build/fuzz/ || exit 1; \
	done

build/fuzz/%: test/unit/fuzz_%.cpp $(FUZZ_CODE) $(FUZZ_CODE:.cpp=.hpp)
	@mkdir -p $(@D)
	$(FUZZ_CXX) -std=c++20 -Wall -Wextra -Werror -g -O1 -Isrc \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ \
		$< $(FUZZ_CODE)

-include $(UNIT_OBJECTS:.o=.d)
