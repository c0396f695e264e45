// What Redis's error replies mean to who must decide whether to send again.
#pragma once

#include <string>

#include "core/bytes.hpp"
#include "relay/outcome.hpp"

namespace relay {

using core::Bytes;

struct ErrorMeaning {
    Verdict verdict;
    // Whatever is sent now would fare the same: better to leave, and come back later, perhaps to
    // another server of that name.
    bool is_server_away;
};

// Of an error as Redis sends it, without the '-': its first word tells.
ErrorMeaning meaning_of(Bytes error);

// Fit for a log or a column of text: printable ASCII, not too long, and without the secret.
// An empty secret is none.
std::string readable(Bytes text, Bytes secret = {});

}  // namespace relay
