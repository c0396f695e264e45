// A subtransaction. What only reads undoes it in any case, and so leaves neither locks behind nor
// the role that it took.
#pragma once

#include "pg/guard.hpp"

namespace outbox {

class Subtransaction {
public:
    Subtransaction() : memory_(CurrentMemoryContext), owner_(CurrentResourceOwner) {
        pg::call([] { BeginInternalSubTransaction(nullptr); });
    }
    void roll_back() {
        pg::call([] { RollbackAndReleaseCurrentSubTransaction(); });
        leave();
    }
    void commit() {
        pg::call([] { ReleaseCurrentSubTransaction(); });
        leave();
    }

private:
    void leave() {
        MemoryContextSwitchTo(memory_);
        CurrentResourceOwner = owner_;
    }

    MemoryContext memory_;
    ResourceOwner owner_;
};

}  // namespace outbox
