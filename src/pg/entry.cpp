#include "pg/entry.hpp"

namespace pg {

namespace {

// Copies into the current memory context; null if there is no memory.
const char* copy(const std::string& text) {
    if (text.empty())
        return nullptr;
    auto* target = static_cast<char*>(palloc_extended(text.size() + 1, MCXT_ALLOC_NO_OOM));
    if (target)
        memcpy(target, text.c_str(), text.size() + 1);
    return target;
}

// Text from clients need not be valid in the database's encoding; a message must be.
const char* copy_displayable(const std::string& text) {
    std::string clean = text;
    if (!pg_verifymbstr(clean.data(), static_cast<int>(clean.size()), true))
        for (char& byte : clean)
            if (static_cast<unsigned char>(byte) >= 0x80 || byte == '\0')
                byte = '?';
    return copy(clean);
}

Failure of_command(const core::Error& error) {
    Failure failure;
    const char* state = error.sqlstate();
    failure.sqlstate = MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]);
    bool generic = std::string_view(error.prefix()) == "ERR";
    failure.message = copy_displayable(generic ? error.message() : error.reply());
    failure.detail = copy_displayable(error.detail);
    failure.hint = copy(error.hint());
    return failure;
}

}  // namespace

Failure Failure::of_current_exception() noexcept {
    Failure failure;
    try {
        throw;
    } catch (const Error& error) {
        failure.rethrow = error.data();
    } catch (const CommandError& error) {
        return of_command(error.error());
    } catch (const std::bad_alloc&) {
        failure.sqlstate = ERRCODE_OUT_OF_MEMORY;
        failure.message = "out of memory";
    } catch (const std::exception& error) {
        failure.message = copy(error.what());
    } catch (...) {
        failure.message = "unknown C++ exception";
    }
    return failure;
}

void Failure::raise() const {
    if (rethrow)
        ReThrowError(rethrow);
    ereport(ERROR, (errcode(sqlstate), errmsg("%s", message ? message : "pg_kv: no message"),
                    detail ? errdetail("%s", detail) : 0, hint ? errhint("%s", hint) : 0));
    pg_unreachable();
}

}  // namespace pg
