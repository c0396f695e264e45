// However the input is split, the same requests are read, and the same error is found.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "resp/request_reader.hpp"

namespace {

using core::Bytes;
using resp::RequestReader;

struct Session {
    std::vector<std::vector<std::string>> requests;
    std::string error;
    size_t consumed = 0;

    bool operator==(const Session&) const = default;
};

// Parts are copied, so that a view beyond what was received is found.
Session read(Bytes input, size_t part) {
    Session session;
    RequestReader reader;
    reader.set_bulk_limit(1000);
    for (size_t received = 0; received < input.size();) {
        received = std::min(input.size(), received + part);
        std::vector<char> window(input.begin() + static_cast<std::ptrdiff_t>(session.consumed),
                                 input.begin() + static_cast<std::ptrdiff_t>(received));
        std::vector<Bytes> arguments;
        while (reader.next({window.data(), window.size()}, arguments) ==
               RequestReader::Outcome::request) {
            if (arguments.empty())
                std::abort();
            session.requests.emplace_back(arguments.begin(), arguments.end());
        }
        session.consumed += reader.consume();
        if (session.consumed > received)
            std::abort();
    }
    session.error = reader.error();
    return session;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0)
        return 0;
    Bytes input(reinterpret_cast<const char*>(data), size);
    Session whole = read(input, size);
    for (size_t part : {size_t(1), size_t(2), size_t(3), size_t(data[0]) + 1})
        if (read(input, part) != whole)
            std::abort();
    return 0;
}
