// The functions behind the commands about commands and about the server.
#pragma once

#include "command/command.hpp"

namespace command {

namespace introspection {

Status command(Call& call);
Status command_count(Call& call);
Status command_docs(Call& call);
Status command_getkeys(Call& call);
Status command_getkeysandflags(Call& call);
Status command_help(Call& call);
Status command_info(Call& call);
Status command_list(Call& call);

}  // namespace introspection

}  // namespace command
