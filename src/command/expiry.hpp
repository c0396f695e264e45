// When a key shall expire, as commands are told: in seconds or milliseconds, from now or since
// 1970.
#pragma once

#include "command/arguments.hpp"
#include "command/command.hpp"

namespace command {

struct ExpiryForm {
    const char* option;
    int64_t unit;     // in milliseconds
    bool since_1970;  // else from now
};

namespace expiry_forms {
inline constexpr ExpiryForm ex{"EX", 1000, false};
inline constexpr ExpiryForm px{"PX", 1, false};
inline constexpr ExpiryForm exat{"EXAT", 1000, true};
inline constexpr ExpiryForm pxat{"PXAT", 1, true};
}  // namespace expiry_forms

// An expiry of the EXPIRE family, which may lie in the past.
Status parse_expiry(const Call& call, const ExpiryForm& form, Bytes number, int64_t& expires_at);

// An expiry of SET and its kin, whose number must be positive.
Status parse_positive_expiry(const Call& call, const ExpiryForm& form, Bytes number,
                             int64_t& expires_at);

// The options EX, PX, EXAT and PXAT, of which a command takes one kind.
class ExpiryOption {
public:
    // Takes the option if it comes next and is not of another kind than one before.
    bool take(Options& options);

    bool given() const { return form_ != nullptr; }
    Status parse(const Call& call, int64_t& expires_at) const {
        return parse_positive_expiry(call, *form_, number_, expires_at);
    }

private:
    const ExpiryForm* form_ = nullptr;
    Bytes number_;
};

}  // namespace command
