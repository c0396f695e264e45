#include "relay/replies.hpp"

#include <algorithm>

namespace relay {

namespace {

struct Row {
    Bytes word;
    ErrorMeaning meaning;
};

// All others are the request's own fault: ERR, WRONGTYPE, EXECABORT, MOVED, CROSSSLOT, ...
constexpr Row rows[] = {
    // Other requests may pass: UNLINK frees memory, rights differ by key and command.
    {"NOPERM", {Verdict::stalled, false}},
    {"OOM", {Verdict::stalled, false}},
    {"TRYAGAIN", {Verdict::stalled, false}},

    {"BUSY", {Verdict::stalled, true}},  // a script runs too long
    {"CLUSTERDOWN", {Verdict::stalled, true}},
    {"DENIED", {Verdict::stalled, true}},  // protected mode
    {"LOADING", {Verdict::stalled, true}},
    {"MASTERDOWN", {Verdict::stalled, true}},
    {"MISCONF", {Verdict::stalled, true}},  // it cannot save, and takes no writes
    {"NOAUTH", {Verdict::stalled, true}},
    {"NOREPLICAS", {Verdict::stalled, true}},
    {"READONLY", {Verdict::stalled, true}},  // the name may lead to the new master by now
    {"WRONGPASS", {Verdict::stalled, true}},
};

// EXEC that was itself turned away, since Redis 6.2: the cause follows.
constexpr Bytes discarded = "EXECABORT Transaction discarded because of: ";

}  // namespace

ErrorMeaning meaning_of(Bytes error) {
    if (error.starts_with(discarded))
        error.remove_prefix(discarded.size());
    Bytes word = error.substr(0, error.find(' '));
    const Row* row = std::find_if(std::begin(rows), std::end(rows),
                                  [&](const Row& r) { return r.word == word; });
    return row != std::end(rows) ? row->meaning : ErrorMeaning{Verdict::refused, false};
}

std::string readable(Bytes text, Bytes secret) {
    constexpr size_t longest = 300;
    std::string result;
    while (!text.empty() && result.size() < longest) {
        if (!secret.empty() && text.starts_with(secret)) {
            result += "***";
            text.remove_prefix(secret.size());
            continue;
        }
        char letter = text.front();
        result += letter >= ' ' && letter <= '~' ? letter : '?';
        text.remove_prefix(1);
    }
    return result;
}

}  // namespace relay
