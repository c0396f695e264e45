#include "command/expiry.hpp"

#include <algorithm>

namespace command {

Status parse_expiry(const Call& call, const ExpiryForm& form, Bytes number, int64_t& expires_at) {
    int64_t time = 0;
    RETURN_IF_ERROR(parse_integer(number, time));
    int64_t base = form.since_1970 ? 0 : call.store.now();
    int64_t milliseconds = 0;
    if (__builtin_mul_overflow(time, form.unit, &milliseconds) ||
        __builtin_add_overflow(milliseconds, base, &expires_at))
        return {ErrorCode::invalid_expire, call.command.name};
    expires_at = std::min(expires_at, store::never - 1);
    return {};
}

Status parse_positive_expiry(const Call& call, const ExpiryForm& form, Bytes number,
                             int64_t& expires_at) {
    int64_t time = 0;
    RETURN_IF_ERROR(parse_integer(number, time));
    if (time <= 0)
        return {ErrorCode::invalid_expire, call.command.name};
    return parse_expiry(call, form, number, expires_at);
}

bool ExpiryOption::take(Options& options) {
    using namespace expiry_forms;
    for (const ExpiryForm* form : {&ex, &px, &exat, &pxat}) {
        if (given() && form_ != form)
            continue;
        if (options.value(form->option, number_)) {
            form_ = form;
            return true;
        }
    }
    return false;
}

}  // namespace command
