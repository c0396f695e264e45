#include "worker/worker.hpp"

#include "worker/launcher.hpp"
#include "worker/state.hpp"
#include "worker/statements.hpp"

namespace worker {

void install() {
    reserve_shared_state();
    statements::install_hooks();
    launcher::install();
}

}  // namespace worker
