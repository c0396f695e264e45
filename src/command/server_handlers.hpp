// The functions behind the commands about commands and about the server.
#pragma once

#include "command/command.hpp"

namespace command {

namespace acl {

Status cat(Call& call);
Status deluser(Call& call);
Status dryrun(Call& call);
Status genpass(Call& call);
Status getuser(Call& call);
Status help(Call& call);
Status list(Call& call);
Status load(Call& call);
Status log(Call& call);
Status setuser(Call& call);
Status users(Call& call);
Status whoami(Call& call);

}  // namespace acl

namespace introspection {

Status command(Call& call);
Status command_count(Call& call);
Status command_docs(Call& call);
Status command_getkeys(Call& call);
Status command_getkeysandflags(Call& call);
Status command_help(Call& call);
Status command_info(Call& call);
Status command_list(Call& call);
Status info(Call& call);

}  // namespace introspection

}  // namespace command
