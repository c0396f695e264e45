// What the sorted set commands share.
#pragma once

#include "command/command.hpp"
#include "type/zset.hpp"

namespace command::zset {

using store::Direction;
using store::Entry;
using type::MemberList;
using type::ZSet;

// Opens the sorted set of a key to read it.
inline Status read(Call& call, size_t key, Entry& entry, ZSet& zset) {
    call.store.read(call.place(key), entry);
    return zset.open(entry);
}

inline void reply_member(Reply& reply, Bytes name, double score, bool with_score) {
    if (!with_score) {
        reply.bulk(name);
        return;
    }
    reply.begin_pair();
    reply.bulk(name);
    reply.real(score);
    reply.end_pair();
}

}  // namespace command::zset
