// What became of a request.
#pragma once

#include <cstdint>
#include <string>

namespace relay {

// From good to bad.
enum class Verdict {
    done,     // Redis has done it
    refused,  // this request's fault: sent again, it would be refused again
    stalled,  // the target's fault, or the network's: it must be sent again, and may have been done
};

struct Outcome {
    uint64_t ticket = 0;
    Verdict verdict = Verdict::done;
    std::string problem;  // why not done, in printable ASCII; empty if done
};

}  // namespace relay
