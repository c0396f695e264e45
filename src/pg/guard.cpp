#include "pg/guard.hpp"

namespace pg {

void throw_current_error(MemoryContext context) {
    MemoryContextSwitchTo(context);
    ErrorData* data = CopyErrorData();
    FlushErrorState();
    throw Error(data);
}

}  // namespace pg
