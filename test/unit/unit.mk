# The plain C++ under test without a server: make check-unit, make check-fuzz.

# The part of the server that knows nothing of PostgreSQL.
NETWORK_CODE = $(patsubst %,src/server/%.cpp,address connection endpoint input_buffer listener loop \
	network tls_context tls_session)

UNIT_CXX = g++
UNIT_CXXFLAGS = -std=c++20 -Wall -Wextra -Werror -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all -Isrc -Itest/unit
UNIT_CODE = $(wildcard src/core/*.cpp src/resp/*.cpp src/type/*.cpp src/command/*.cpp src/relay/*.cpp) \
	$(NETWORK_CODE) \
	src/server/slowdown.cpp src/watch/key_template.cpp
UNIT_LIBRARIES = -lgtest -lgtest_main $(RELAY_LIBRARIES) -luv -lssl -lcrypto
UNIT_TESTS = $(filter-out test/unit/fuzz_%,$(wildcard test/unit/*.cpp))
UNIT_OBJECTS = $(patsubst %.cpp,build/unit/%.o,$(UNIT_CODE) $(UNIT_TESTS))

FUZZ_CXX = clang++-14
FUZZ_CXXFLAGS = -std=c++20 -Wall -Wextra -Werror -g -O1 -Isrc \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_LIMITS = -runs=200000 -max_len=64
FUZZ_OBJECTS = $(patsubst %.cpp,build/fuzz/%.o,$(wildcard src/core/*.cpp src/resp/*.cpp))
FUZZERS = $(patsubst test/unit/fuzz_%.cpp,build/fuzz/%,$(wildcard test/unit/fuzz_*.cpp))

.PHONY: check-unit check-fuzz

check-unit: build/unit/run
	build/unit/run --gtest_brief=1 $(UNIT_OPTIONS)

build/unit/run: $(UNIT_OBJECTS)
	$(UNIT_CXX) $(UNIT_CXXFLAGS) -o $@ $^ $(UNIT_LIBRARIES)

build/unit/%.o: %.cpp
	@mkdir -p $(@D)
	$(UNIT_CXX) $(UNIT_CXXFLAGS) -O1 -MMD -MP -c -o $@ $<

# Expectations take long to optimise, and no time to run.
build/unit/test/%.o: test/%.cpp
	@mkdir -p $(@D)
	$(UNIT_CXX) $(UNIT_CXXFLAGS) -O0 -MMD -MP -c -o $@ $<

check-fuzz: $(FUZZERS)
	for fuzzer in $^; do \
		$$fuzzer $(FUZZ_LIMITS) -verbosity=0 -artifact_prefix=build/fuzz/ || exit 1; \
	done

build/fuzz/%.o: %.cpp
	@mkdir -p $(@D)
	$(FUZZ_CXX) $(FUZZ_CXXFLAGS) -MMD -MP -c -o $@ $<

$(FUZZERS): build/fuzz/%: build/fuzz/test/unit/fuzz_%.o $(FUZZ_OBJECTS)
	$(FUZZ_CXX) $(FUZZ_CXXFLAGS) -o $@ $^

-include $(FUZZ_OBJECTS:.o=.d)

-include $(UNIT_OBJECTS:.o=.d)
