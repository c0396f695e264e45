// The sections of INFO. Names and order are Redis's; a figure that would tell nothing here is left
// out, unless clients look at it.
#include <sys/time.h>

#include <algorithm>

#include "command/figures.hpp"
#include "command/info.hpp"
#include "core/process.hpp"

namespace command {

namespace {

constexpr int64_t seconds_per_day = 24 * 60 * 60;

std::string setting(Door& door, const char* name) {
    return door.server.setting(name).value_or("");
}

int64_t microseconds_now() {
    timeval now{};
    gettimeofday(&now, nullptr);
    return now.tv_sec * 1'000'000LL + now.tv_usec;
}

template <class Field>
auto greatest(Door& door, Field field) {
    decltype(field(door.client)) most{};
    door.clients.walk([&](Client& client) { most = std::max(most, field(client)); });
    return most;
}

uint64_t count_clients(Door& door) {
    uint64_t count = 0;
    door.clients.walk([&](Client&) { count++; });
    return count;
}

void write_server(InfoSection& section, Door& door) {
    const Figures& figures = door.server.figures();
    int64_t now = microseconds_now();
    int64_t uptime = std::max<int64_t>(now / 1000 - figures.started_at, 0) / 1000;
    section.line("redis_version", redis_version);
    section.line("redis_git_sha1", "00000000");
    section.line("redis_git_dirty", "0");
    section.line("redis_build_id", "0");
    section.line("redis_mode", "standalone");
    section.fact("pg_kv_version");
    section.fact("postgresql_version");
    section.line("os", core::system_name());
    section.line("arch_bits", static_cast<int64_t>(8 * sizeof(void*)));
    section.line("multiplexing_api", "epoll");
    section.line("process_id", static_cast<int64_t>(core::process_id()));
    section.line("process_supervised", "postmaster");
    section.line("run_id", figures.run_id);
    section.line("tcp_port", setting(door, "kv.port"));
    section.line("server_time_usec", now);
    section.line("uptime_in_seconds", uptime);
    section.line("uptime_in_days", uptime / seconds_per_day);
    section.line("hz", "10");
    section.line("configured_hz", "10");
    section.line("lru_clock", now / 1'000'000 & 0xFFFFFF);
    section.line("executable", figures.executable);
    section.line("config_file", setting(door, "config_file"));
    section.line("io_threads_active", "0");
    section.line("listener0", "name=tcp,bind=" + setting(door, "kv.listen_addresses") +
                                  ",port=" + setting(door, "kv.port"));
    section.other_facts();
}

void write_clients(InfoSection& section, Door& door) {
    const Figures& figures = door.server.figures();
    section.line("connected_clients", count_clients(door));
    section.line("cluster_connections", "0");
    section.line("maxclients", setting(door, "kv.max_clients"));
    section.line("client_recent_max_input_buffer",
                 greatest(door, [](Client& client) { return client.input_capacity; }));
    section.line("client_recent_max_output_buffer",
                 greatest(door, [](Client& client) { return client.output_size; }));
    section.line("blocked_clients", figures.blocked_clients);
    section.line("tracking_clients", "0");
    section.line("clients_in_timeout_table", "0");
    section.line("total_blocking_keys", "0");
    section.line("total_blocking_keys_on_nokey", "0");
    section.line("helpers", figures.helpers);
    section.line("busy_helpers", figures.busy_helpers);
    section.line("queued_commands", figures.queued_commands);
}

void write_memory(InfoSection& section, Door& door) {
    core::ProcessMemory memory = core::process_memory();
    auto allocated = static_cast<double>(std::max<uint64_t>(memory.allocated, 1));
    uint64_t buffers = 0;
    door.clients.walk(
        [&](Client& client) { buffers += client.input_capacity + client.output_size; });
    section.memory("used_memory", memory.allocated);
    section.memory("used_memory_rss", memory.resident);
    section.memory("used_memory_peak", memory.peak);
    section.line("used_memory_peak_perc",
                 100 * static_cast<double>(memory.allocated) /
                     static_cast<double>(std::max<uint64_t>(memory.peak, 1)),
                 "%.2f%%");
    section.fact("used_memory_dataset");
    section.memory("total_system_memory", core::system_memory());
    section.line("number_of_cached_scripts", "0");
    section.line("number_of_functions", "0");
    section.line("number_of_libraries", "0");
    section.memory("maxmemory", 0);
    section.fact("maxmemory_policy");
    section.line("mem_fragmentation_ratio", static_cast<double>(memory.resident) / allocated,
                 "%.2f");
    section.line("mem_clients_normal", buffers);
    section.line("mem_clients_slaves", "0");
    section.line("mem_allocator", "libc");
    section.line("active_defrag_running", "0");
    section.other_facts();
}

// A checkpoint is what saving is in Redis, the write-ahead log what the append-only file is.
void write_persistence(InfoSection& section, Door&) {
    section.fact("loading");
    section.line("async_loading", "0");
    section.line("rdb_changes_since_last_save", "0");
    section.line("rdb_bgsave_in_progress", "0");
    section.fact("rdb_last_save_time");
    section.line("rdb_last_bgsave_status", "ok");
    section.line("rdb_last_bgsave_time_sec", "-1");
    section.line("rdb_current_bgsave_time_sec", "-1");
    section.fact("rdb_saves");
    section.line("aof_enabled", "1");
    section.line("aof_rewrite_in_progress", "0");
    section.line("aof_rewrite_scheduled", "0");
    section.line("aof_last_rewrite_time_sec", "-1");
    section.line("aof_current_rewrite_time_sec", "-1");
    section.line("aof_last_bgrewrite_status", "ok");
    section.line("aof_last_write_status", "ok");
    section.other_facts();
}

void write_stats(InfoSection& section, Door& door) {
    const Figures& figures = door.server.figures();
    constexpr double kilobyte = 1024;
    section.line("total_connections_received", figures.connections);
    section.line("total_commands_processed", figures.commands);
    section.line("instantaneous_ops_per_sec", figures.commands_per_second.per_second(), "%.0f");
    section.line("total_net_input_bytes", figures.bytes_in);
    section.line("total_net_output_bytes", figures.bytes_out);
    section.line("instantaneous_input_kbps", figures.bytes_in_per_second.per_second() / kilobyte,
                 "%.2f");
    section.line("instantaneous_output_kbps", figures.bytes_out_per_second.per_second() / kilobyte,
                 "%.2f");
    section.line("rejected_connections", figures.rejected_connections);
    section.fact("expired_keys");
    section.line("evicted_keys", "0");
    section.line("evicted_clients", "0");
    section.fact("keyspace_hits");
    section.fact("keyspace_misses");
    section.line("pubsub_channels", "0");
    section.line("pubsub_patterns", "0");
    section.line("pubsubshard_channels", "0");
    section.line("latest_fork_usec", "0");
    section.line("total_forks", "0");
    section.line("tracking_total_keys", "0");
    section.line("total_error_replies", figures.error_replies);
    section.line("total_reads_processed", figures.reads);
    section.line("total_writes_processed", figures.writes);
    section.line("client_query_buffer_limit_disconnections", figures.query_buffer_closes);
    section.line("client_output_buffer_limit_disconnections", figures.output_buffer_closes);
    section.line("turns", figures.turns);
    section.line("commits", figures.commits);
    section.line("rollbacks", figures.rollbacks);
    section.line("exec_retries", figures.exec_retries);
    section.line("flushes", figures.flushes);
    section.other_facts();
}

void write_replication(InfoSection& section, Door&) {
    bool is_replica = section.facts().find("replication", "role") == "slave";
    section.fact("role");
    if (is_replica) {
        for (const char* name :
             {"master_host", "master_port", "master_link_status", "master_last_io_seconds_ago"})
            section.fact(name);
        section.line("master_sync_in_progress", "0");
        section.fact("slave_read_repl_offset");
        section.fact("slave_repl_offset");
        section.line("slave_priority", "100");
        section.line("slave_read_only", "1");
        section.line("replica_announced", "1");
    }
    section.fact("connected_slaves");
    section.facts().walk("replication", [&](Bytes name, Bytes) {
        if (name.starts_with("slave") && name.size() > 5 && name[5] >= '0' && name[5] <= '9')
            section.fact(name);
    });
    section.line("master_failover_state", "no-failover");
    section.fact("master_replid");
    section.line("master_replid2", std::string(40, '0'));
    section.fact("master_repl_offset");
    section.line("second_repl_offset", "-1");
    section.line("repl_backlog_active", "0");
    section.other_facts();
}

void write_cpu(InfoSection& section, Door&) {
    core::ProcessTime time = core::process_time();
    section.line("used_cpu_sys", time.system, "%.6f");
    section.line("used_cpu_user", time.user, "%.6f");
    section.line("used_cpu_sys_children", 0.0, "%.6f");
    section.line("used_cpu_user_children", 0.0, "%.6f");
    section.line("used_cpu_sys_main_thread", time.system, "%.6f");
    section.line("used_cpu_user_main_thread", time.user, "%.6f");
}

void write_modules(InfoSection&, Door&) {}

void write_commandstats(InfoSection& section, Door& door) {
    for (const Command& row : all()) {
        const CommandFigures& figures = door.server.figures().of(row.id);
        if (figures.calls == 0 && figures.rejected == 0)
            continue;
        double mean = figures.calls == 0 ? 0
                                         : static_cast<double>(figures.microseconds) /
                                               static_cast<double>(figures.calls);
        char text[160];
        snprintf(text, sizeof(text),
                 "calls=%llu,usec=%llu,usec_per_call=%.2f,rejected_calls=%llu,failed_calls=%llu",
                 static_cast<unsigned long long>(figures.calls),
                 static_cast<unsigned long long>(figures.microseconds), mean,
                 static_cast<unsigned long long>(figures.rejected),
                 static_cast<unsigned long long>(figures.failed));
        section.line(std::string("cmdstat_") + row.name, text);
    }
}

void write_errorstats(InfoSection& section, Door& door) {
    for (const auto& [code, count] : door.server.figures().errors)
        section.line("errorstat_" + code, "count=" + std::to_string(count));
}

void write_latencystats(InfoSection& section, Door& door) {
    for (const Command& row : all()) {
        const core::LatencyHistogram& latencies = door.server.figures().of(row.id).latencies;
        if (latencies.total() == 0)
            continue;
        auto microseconds = [&](double percent) {
            return static_cast<double>(latencies.percentile(percent)) / 1000;
        };
        char text[120];
        snprintf(text, sizeof(text), "p50=%.3f,p99=%.3f,p99.9=%.3f", microseconds(50),
                 microseconds(99), microseconds(99.9));
        section.line(std::string("latency_percentiles_usec_") + row.name, text);
    }
}

void write_cluster(InfoSection& section, Door&) {
    section.line("cluster_enabled", "0");
}

void write_keyspace(InfoSection& section, Door&) {
    section.other_facts();
}

void write_horizon(InfoSection& section, Door&) {
    section.other_facts();
}

}  // namespace

std::span<const InfoWriter> info_writers() {
    static constexpr InfoWriter writers[] = {
        {"server", "Server", true, write_server},
        {"clients", "Clients", true, write_clients},
        {"memory", "Memory", true, write_memory},
        {"persistence", "Persistence", true, write_persistence},
        {"stats", "Stats", true, write_stats},
        {"replication", "Replication", true, write_replication},
        {"cpu", "CPU", true, write_cpu},
        {"modules", "Modules", true, write_modules},
        {"commandstats", "Commandstats", false, write_commandstats},
        {"errorstats", "Errorstats", true, write_errorstats},
        {"latencystats", "Latencystats", false, write_latencystats},
        {"cluster", "Cluster", true, write_cluster},
        {"keyspace", "Keyspace", true, write_keyspace},
        {"horizon", "Horizon", true, write_horizon},
    };
    return writers;
}

}  // namespace command
