// Replication, which is PostgreSQL's: its standbys are what replicas are in Redis, and positions in
// the write-ahead log are the offsets.
#include <algorithm>

#include "command/arguments.hpp"
#include "command/info.hpp"
#include "command/server_handlers.hpp"
#include "core/number.hpp"
#include "core/text.hpp"

namespace command::administration {

namespace {

constexpr const char* section = "replication";
// How often a client that waits is asked for, in milliseconds.
constexpr int64_t wait_step = 10;

struct Replica {
    std::string address;
    std::string port;
    int64_t offset;
};

// The value of a field of "ip=10.0.0.2,port=5432,...".
Bytes field_of(Bytes text, Bytes name) {
    size_t begin = 0;
    while (begin < text.size()) {
        size_t end = std::min(text.find(',', begin), text.size());
        Bytes item = text.substr(begin, end - begin);
        if (item.starts_with(name) && item.substr(name.size()).starts_with('='))
            return item.substr(name.size() + 1);
        begin = end + 1;
    }
    return {};
}

std::vector<Replica> replicas_of(const Facts& facts) {
    std::vector<Replica> replicas;
    facts.walk(section, [&](Bytes name, Bytes value) {
        if (!name.starts_with("slave") || !value.starts_with("ip="))
            return;
        replicas.push_back({std::string(field_of(value, "ip")),
                            std::string(field_of(value, "port")),
                            core::parse_integer(field_of(value, "offset")).value_or(0)});
    });
    return replicas;
}

void reply_primary(Reply& reply, const Facts& facts) {
    reply.begin_array();
    reply.bulk("master");
    reply.integer(facts.number(section, "master_repl_offset"));
    reply.begin_array();
    for (const Replica& replica : replicas_of(facts)) {
        reply.begin_array();
        reply.bulk(replica.address);
        reply.bulk(replica.port);
        reply.bulk(std::to_string(replica.offset));
        reply.end_array();
    }
    reply.end_array();
    reply.end_array();
}

void reply_standby(Reply& reply, const Facts& facts) {
    bool is_up = facts.find(section, "master_link_status") == "up";
    reply.begin_array();
    reply.bulk("slave");
    reply.bulk(facts.find(section, "master_host").value_or(""));
    reply.integer(facts.number(section, "master_port"));
    reply.bulk(is_up ? "connected" : "connect");
    reply.integer(facts.number(section, "slave_repl_offset"));
    reply.end_array();
}

Facts facts_of(const Call& call) {
    return Facts(call.door->server.facts(section));
}

bool is_standby(const Facts& facts) {
    return facts.find(section, "role") == "slave";
}

// The server calls the command again until enough standbys are as far as this was when it was
// called first, or the time is over.
class Waiting {
public:
    Waiting(Call& call, int64_t timeout) : call_(call) {
        Client& client = call.door->client;
        is_first_ = !client.wait;
        if (!is_first_)
            return;
        call.door->server.flush();
        int64_t until = timeout == 0 ? INT64_MAX : call.store.now() + timeout;
        client.wait = {0, until, facts_of(call).number(section, "master_repl_offset")};
    }

    int64_t count_replicas() const {
        int64_t target = call_.door->client.wait->target;
        int64_t count = 0;
        for (const Replica& replica : replicas_of(facts_of(call_)))
            count += replica.offset >= target;
        return count;
    }

    // True if the command is to answer now.
    bool ends(bool is_enough) {
        Client& client = call_.door->client;
        bool is_over = is_enough || client.is_executing || client.wait->until <= call_.store.now();
        if (is_over)
            client.wait.reset();
        else
            client.wait->repeat_at = std::min(client.wait->until, call_.store.now() + wait_step);
        return is_over;
    }

private:
    Call& call_;
    bool is_first_;
};

Status parse_timeout(Bytes text, int64_t& timeout) {
    auto parsed = core::parse_integer(text);
    if (!parsed)
        return ErrorCode::not_a_timeout;
    if (*parsed < 0)
        return ErrorCode::negative_timeout;
    timeout = std::min(*parsed, INT64_MAX / 2);
    return {};
}

}  // namespace

Status role(Call& call) {
    Facts facts = facts_of(call);
    if (is_standby(facts))
        reply_standby(call.reply, facts);
    else
        reply_primary(call.reply, facts);
    return {};
}

Status wait(Call& call) {
    int64_t replicas = 0;
    int64_t timeout = 0;
    RETURN_IF_ERROR(parse_integer(call[1], replicas));
    RETURN_IF_ERROR(parse_timeout(call[2], timeout));
    Waiting waiting(call, timeout);
    int64_t count = waiting.count_replicas();
    if (waiting.ends(count >= replicas))
        call.reply.integer(count);
    return {};
}

// Here all is on disk once the log is flushed, which Waiting does.
Status waitaof(Call& call) {
    int64_t local = 0;
    int64_t replicas = 0;
    int64_t timeout = 0;
    RETURN_IF_ERROR(parse_integer(call[1], local));
    if (local < 0 || local > 1)
        return {ErrorCode::value_out_of_range, "0 and 1"};
    RETURN_IF_ERROR(parse_at_least(0, call[2], ErrorCode::out_of_range_positive, replicas));
    RETURN_IF_ERROR(parse_timeout(call[3], timeout));
    Waiting waiting(call, timeout);
    int64_t count = waiting.count_replicas();
    if (!waiting.ends(count >= replicas))
        return {};
    call.reply.begin_array();
    call.reply.integer(1);
    call.reply.integer(count);
    call.reply.end_array();
    return {};
}

Status replicaof(Call& call) {
    bool ends_replication =
        core::equals_ignoring_case(call[1], "NO") && core::equals_ignoring_case(call[2], "ONE");
    if (!ends_replication)
        return ErrorCode::replicated_elsewhere;
    if (is_standby(facts_of(call)))
        return ErrorCode::promoted_elsewhere;
    call.reply.status("OK");
    return {};
}

Status failover(Call& call) {
    Options options(call, 1);
    if (call.size() == 2 && options.flag("ABORT"))
        return ErrorCode::no_failover;
    return ErrorCode::promoted_elsewhere;
}

Status no_replication(Call&) {
    return ErrorCode::replicated_elsewhere;
}

}  // namespace command::administration
