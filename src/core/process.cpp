#include "core/process.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace core {

namespace {

uint64_t page_size() {
    return static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

uint64_t resident_memory() {
    FILE* file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    unsigned long total = 0;
    unsigned long resident = 0;
    int fields = fscanf(file, "%lu %lu", &total, &resident);
    fclose(file);
    return fields == 2 ? resident * page_size() : 0;
}

rusage usage(int who) {
    rusage result{};
    getrusage(who, &result);
    return result;
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

ProcessMemory process_memory() {
    constexpr uint64_t kilobyte = 1024;
    struct mallinfo2 heap = mallinfo2();
    uint64_t resident = resident_memory();
    uint64_t peak = static_cast<uint64_t>(usage(RUSAGE_SELF).ru_maxrss) * kilobyte;
    return {heap.uordblks + heap.hblkhd, resident, std::max(peak, resident)};
}

ProcessTime process_time() {
    rusage self = usage(RUSAGE_SELF);
    return {seconds(self.ru_stime), seconds(self.ru_utime)};
}

uint64_t system_memory() {
    return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * page_size();
}

std::string system_name() {
    utsname name{};
    uname(&name);
    return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

int process_id() {
    return getpid();
}

}  // namespace core
