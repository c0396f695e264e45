// The library's area in shared memory. It is there only if the library is preloaded.
#pragma once

#include "pg/pg.hpp"

extern "C" {
#include "storage/lwlock.h"
}

namespace pg::shared_memory {

// What a unit of the library keeps in the area.
struct Part {
    // Asked once all settings are known, MaxBackends among them.
    Size (*size)();
    // Called before any session begins, and again when PostgreSQL starts anew after a crash: the
    // memory is all zeros then, and the lock, the part's own, is free.
    void (*attach)(void* memory, LWLock* lock);
};

// Called by _PG_init; without effect unless shared libraries are being preloaded. Neither of the
// part's functions may throw.
void reserve(const Part& part);

// True if the parts are attached.
bool available();

}  // namespace pg::shared_memory
