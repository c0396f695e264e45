// The log: one line when the state of a worker changes.
#pragma once

namespace worker {

// Called by the launcher.
void report_changes();

}  // namespace worker
