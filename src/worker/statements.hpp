// Statements that concern the workers: those about databases, which need the workers out of the
// way, and those about the extension, which give them or take away their work.
#pragma once

namespace worker::statements {

// This transaction changes what the workers of its database go by: they look at it once it has
// committed.
void note_change();

// Called by install().
void install_hooks();

}  // namespace worker::statements
