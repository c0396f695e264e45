// What a maintenance worker does when: which batch is next, and how long to pause after it, so that
// the sessions are served first.
#pragma once

#include "worker/state.hpp"

namespace worker::agenda {

struct Done {
    State extension;  // running, or what stands in the way of all work
    int64 removed;    // rows
    int pause;        // until the next call, in milliseconds
};

// Runs the next batch, if one is due. May raise.
Done work();

}  // namespace worker::agenda
