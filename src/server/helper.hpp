// What the server and a helper process tell each other, in a segment of shared memory that the
// server makes for each helper.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "pg/pg.hpp"

extern "C" {
#include "storage/dsm.h"
#include "storage/shm_mq.h"
}

namespace server {

using core::Bytes;

constexpr Size queue_size = 64 * 1024;

// What stands in the segment.
struct alignas(MAXIMUM_ALIGNOF) Segment {
    char requests[queue_size];
    char replies[queue_size];

    static Segment* of(dsm_segment* segment) {
        return static_cast<Segment*>(dsm_segment_address(segment));
    }
};

// A request's head, before its arguments.
struct Request {
    Oid role;
    int database;
    int protocol;
    uint32 arguments;

    std::string pack(std::span<const Bytes> words) const;
    static Request unpack(Bytes message, std::vector<Bytes>& words);
};

// A message of the reply begins with one of these letters.
constexpr char reply_part = 'p';  // bytes follow
constexpr char reply_end = 'e';

}  // namespace server
