// What the system tells of this process and of itself.
#pragma once

#include <cstdint>
#include <string>

namespace core {

struct ProcessMemory {
    uint64_t allocated;  // by malloc, and in use
    uint64_t resident;
    uint64_t peak;  // resident at most
};
ProcessMemory process_memory();

struct ProcessTime {
    double system;  // seconds
    double user;
};
ProcessTime process_time();

uint64_t system_memory();
std::string system_name();  // "Linux 6.1.0 x86_64"
int process_id();

}  // namespace core
