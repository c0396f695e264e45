// The launcher's work: what runs is compared with what should, and brought nearer to it.
#pragma once

#include "pg/pg.hpp"

namespace worker {

// One pass. Returns after how many milliseconds the next is due, if nothing happens before. May
// raise.
int reconcile();

}  // namespace worker
