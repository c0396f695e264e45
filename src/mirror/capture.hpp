// Hears of each key that is written, and puts down in the outbox which mirrored ones were.
#pragma once

namespace mirror {

// Called by _PG_init.
void install();

}  // namespace mirror
