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

namespace pgcache {

Status invalidate(Call& call);
Status multiread(Call& call);
Status read(Call& call);
Status write(Call& call);

}  // namespace pgcache

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
Status latency_doctor(Call& call);
Status latency_graph(Call& call);
Status latency_help(Call& call);
Status latency_histogram(Call& call);
Status latency_history(Call& call);
Status latency_latest(Call& call);
Status latency_reset(Call& call);
Status memory_doctor(Call& call);
Status memory_help(Call& call);
Status memory_malloc_stats(Call& call);
Status memory_purge(Call& call);
Status memory_stats(Call& call);
Status memory_usage(Call& call);
Status monitor(Call& call);
Status slowlog_get(Call& call);
Status slowlog_help(Call& call);
Status slowlog_len(Call& call);
Status slowlog_reset(Call& call);

}  // namespace introspection

namespace administration {

Status bgrewriteaof(Call& call);
Status bgsave(Call& call);
Status debug(Call& call);
Status failover(Call& call);
Status lastsave(Call& call);
Status lolwut(Call& call);
Status module_help(Call& call);
Status module_list(Call& call);
Status no_cluster(Call& call);
Status no_replication(Call& call);
Status replicaof(Call& call);
Status role(Call& call);
Status save(Call& call);
Status shutdown(Call& call);
Status time(Call& call);
Status wait(Call& call);
Status waitaof(Call& call);

}  // namespace administration

namespace scripting {

Status function_delete(Call& call);
Status function_dump(Call& call);
Status function_flush(Call& call);
Status function_help(Call& call);
Status function_list(Call& call);
Status function_stats(Call& call);
Status kill(Call& call);
Status script_exists(Call& call);
Status script_flush(Call& call);
Status script_help(Call& call);

}  // namespace scripting

}  // namespace command
