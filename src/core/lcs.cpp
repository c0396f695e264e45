#include "core/lcs.hpp"

namespace core {

bool CommonSubsequence::fits(Bytes first, Bytes second) {
    return (first.size() + 1) * (second.size() + 1) <= max_string_size / sizeof(uint32_t);
}

CommonSubsequence::CommonSubsequence(Bytes first, Bytes second,
                                     FunctionRef<void()> check_interrupts)
    : first_(first), second_(second), shortens_first_(first.size() * second.size()) {
    fill(check_interrupts);
}

void CommonSubsequence::fill(FunctionRef<void()> check_interrupts) {
    // The length for the prefix of the first string so far and each prefix of the second.
    std::vector<uint32_t> lengths(second_.size() + 1);
    auto direction = shortens_first_.begin();
    for (char byte : first_) {
        check_interrupts();
        uint32_t diagonal = 0;  // without the last byte of either prefix
        for (size_t j = 1; j <= second_.size(); j++, ++direction) {
            uint32_t above = lengths[j];  // without the last byte of the first string's prefix
            uint32_t left = lengths[j - 1];
            if (byte == second_[j - 1]) {
                lengths[j] = diagonal + 1;
            } else if (above > left) {
                *direction = true;
            } else {
                lengths[j] = left;
            }
            diagonal = above;
        }
    }
    length_ = lengths.back();
}

std::vector<CommonSubsequence::Match> CommonSubsequence::matches() const {
    std::vector<Match> found;
    size_t i = first_.size();
    size_t j = second_.size();
    size_t in_a_row = 0;
    while (i > 0 && j > 0) {
        if (first_[i - 1] == second_[j - 1]) {
            i--;
            j--;
            in_a_row++;
            continue;
        }
        if (in_a_row > 0)
            found.push_back({i, j, in_a_row});
        in_a_row = 0;
        if (shortens_first(i, j))
            i--;
        else
            j--;
    }
    if (in_a_row > 0)
        found.push_back({i, j, in_a_row});
    return found;
}

std::string CommonSubsequence::text() const {
    std::string joined;
    joined.reserve(length_);
    std::vector<Match> found = matches();
    for (auto match = found.rbegin(); match != found.rend(); ++match)
        joined += first_.substr(match->first, match->length);
    return joined;
}

}  // namespace core
