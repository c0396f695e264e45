// The notifications that tell listeners what was sent.
#pragma once

#include "outbox/batch.hpp"

namespace outbox {

// Enters NOTIFY kv_invalidation for the changes of a batch that Redis has got. In a transaction;
// throws pg::Error.
void announce(const Batch& batch);

}  // namespace outbox
