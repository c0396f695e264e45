// Strings with memory, for replies: who has nothing to say needs none.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace server {

class SpareStrings {
public:
    SpareStrings() { strings_.reserve(kept_strings); }

    // Gives memory to a string that is empty, if it has little.
    void lend(std::string& string) {
        if (string.empty() && string.capacity() < least_capacity && !strings_.empty()) {
            string = std::move(strings_.back());
            strings_.pop_back();
        }
    }

    // Empties the string and takes its memory.
    void take(std::string& string) noexcept {
        string.clear();
        if (string.capacity() < least_capacity)
            return;
        if (string.capacity() <= greatest_capacity && strings_.size() < kept_strings)
            strings_.push_back(std::move(string));
        std::string().swap(string);
    }

private:
    static constexpr size_t least_capacity = 512;
    static constexpr size_t greatest_capacity = 64 * 1024;
    static constexpr size_t kept_strings = 128;

    std::vector<std::string> strings_;
};

}  // namespace server
