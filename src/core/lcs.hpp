// The longest common subsequence of two strings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/function_ref.hpp"

namespace core {

class CommonSubsequence {
public:
    // Bytes that lie in a row in both strings.
    struct Match {
        size_t first;  // where it begins in the first string
        size_t second;
        size_t length;
    };

    // Redis limits its table of 32-bit lengths to the size of a string.
    static bool fits(Bytes first, Bytes second);

    // The time is the product of the lengths; check_interrupts is called now and then. The strings
    // must outlive this object.
    CommonSubsequence(Bytes first, Bytes second, FunctionRef<void()> check_interrupts);

    size_t length() const { return length_; }

    // From the end of the strings to their beginning. Where several subsequences are longest, this
    // is the one that Redis chooses.
    std::vector<Match> matches() const;

    std::string text() const;

private:
    // Whether the way back from two prefixes of different last bytes leads through a shorter
    // prefix of the first string (else of the second).
    bool shortens_first(size_t first, size_t second) const {
        return shortens_first_[(first - 1) * second_.size() + second - 1];
    }
    void fill(FunctionRef<void()> check_interrupts);

    Bytes first_;
    Bytes second_;
    size_t length_ = 0;
    std::vector<bool> shortens_first_;  // one bit does where Redis keeps 32
};

}  // namespace core
