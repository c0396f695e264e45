#include "pg/shared_memory.hpp"

extern "C" {
#include "storage/ipc.h"
#include "storage/shmem.h"
}

namespace pg::shared_memory {

namespace {

constexpr const char* area_name = "pg_kv";
constexpr int part_limit = 8;

Part parts[part_limit];
int part_count = 0;
bool attached = false;

shmem_request_hook_type next_request = nullptr;
shmem_startup_hook_type next_startup = nullptr;

Size aligned_size(const Part& part) {
    return CACHELINEALIGN(part.size());
}

Size area_size() {
    Size size = 0;
    for (int i = 0; i < part_count; i++)
        size = add_size(size, aligned_size(parts[i]));
    return size;
}

void request() {
    if (next_request)
        next_request();
    RequestAddinShmemSpace(area_size());
    RequestNamedLWLockTranche(area_name, part_count);
}

void start_up() {
    if (next_startup)
        next_startup();
    LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
    bool found;
    auto* memory = static_cast<char*>(ShmemInitStruct(area_name, area_size(), &found));
    if (!found)
        memset(memory, 0, area_size());
    LWLockPadded* locks = GetNamedLWLockTranche(area_name);
    for (int i = 0; i < part_count; i++) {
        parts[i].attach(memory, &locks[i].lock);
        memory += aligned_size(parts[i]);
    }
    attached = true;
    LWLockRelease(AddinShmemInitLock);
}

void install_hooks() {
    next_request = shmem_request_hook;
    shmem_request_hook = request;
    next_startup = shmem_startup_hook;
    shmem_startup_hook = start_up;
}

}  // namespace

void reserve(const Part& part) {
    if (!process_shared_preload_libraries_in_progress)
        return;
    Assert(part_count < part_limit);
    if (part_count == 0)
        install_hooks();
    parts[part_count++] = part;
}

bool available() {
    return attached;
}

}  // namespace pg::shared_memory
