// The launcher: a background worker that compares, again and again, which workers run with which
// should.
#pragma once

namespace worker::launcher {

// Called by install().
void install();

}  // namespace worker::launcher
