// The version of the tables' layout and of the SQL functions: the extension's version, as in
// pg_kv.control, which the Makefile passes on.
#pragma once

namespace store {

constexpr const char* layout_version = PG_KV_VERSION;

}  // namespace store
