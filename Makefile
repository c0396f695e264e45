EXTENSION = pg_kv
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" pg_kv.control)

MODULE_big = pg_kv
SOURCES = $(wildcard src/*.cpp src/*/*.cpp)
OBJS = $(SOURCES:.cpp=.o)

EXTENSION_SCRIPT = sql/$(EXTENSION)--$(EXTVERSION).sql
DATA_built = $(EXTENSION_SCRIPT)

REGRESS = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test --outputdir=.
ISOLATION = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test --outputdir=. --load-extension=pg_kv

EXTRA_CLEAN = build results output_iso $(EXTENSION_SCRIPT) $(SOURCES:.cpp=.d)

# Nothing here is hot enough, and called from so many places, that inlining it into SQL by the JIT
# would pay; without bitcode there is one compiler less.
override with_llvm := no

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

KV_CXXFLAGS = -std=c++20 -Wall -Wextra -Werror -fvisibility=hidden -fno-strict-aliasing -fwrapv \
	-fno-omit-frame-pointer -O2 -g
KV_CPPFLAGS = -Isrc -isystem $(shell $(PG_CONFIG) --includedir-server) \
	-D_GNU_SOURCE -DPG_KV_VERSION='"$(EXTVERSION)"'

# hiredis has TLS since 1.0, in a library of its own.
RELAY_LIBRARIES := $(shell $(CXX) -E -include hiredis/hiredis_ssl.h -x c++ /dev/null >/dev/null 2>&1 \
	&& echo -lhiredis_ssl) -lhiredis -lcares

override SHLIB_LINK += $(RELAY_LIBRARIES) -luv -lssl -lcrypto -lstdc++

%.o: %.cpp pg_kv.control
	$(CXX) $(KV_CXXFLAGS) $(KV_CPPFLAGS) -fPIC -MMD -MP -c -o $@ $<

-include $(SOURCES:.cpp=.d)

# The command generator: a program of the build machine, without PostgreSQL.
GENERATOR_SOURCES = $(wildcard sql/*.cpp) src/command/signature.cpp
build/generate: $(GENERATOR_SOURCES) $(wildcard sql/*.hpp) src/command/commands.def $(wildcard src/command/rows/*.def src/command/*.hpp)
	@mkdir -p build
	$(CXX) -std=c++20 -Wall -Wextra -Werror -Isrc -o $@ $(GENERATOR_SOURCES)

# The parts of the install script in the order of their names; the commands come between.
SCRIPT_PARTS = $(sort $(wildcard sql/install/*.sql) sql/install/50-commands.sql)

sql/install/50-commands.sql: build/generate
	build/generate sql > $@

$(EXTENSION_SCRIPT): $(SCRIPT_PARTS) pg_kv.control
	cat $(SCRIPT_PARTS) > $@

# What is generated and committed.
generate: sql/install/50-commands.sql
	@mkdir -p docs
	build/generate docs docs

check-layers:
	dev/check-layers

-include test/unit/unit.mk

.PHONY: generate check-layers
