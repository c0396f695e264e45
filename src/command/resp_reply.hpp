// A command's reply in the bytes of the Redis protocol.
#pragma once

#include <string>

#include "command/reply.hpp"
#include "resp/writer.hpp"

namespace command {

class RespReply final : public Reply {
public:
    explicit RespReply(std::string& output, resp::Protocol protocol = resp::Protocol::resp2)
        : writer_(output, protocol) {}

    // For what only the protocol knows.
    resp::Writer& writer() { return writer_; }

    void status(const char* text) override { writer_.status(text); }
    void integer(int64_t value) override { writer_.integer(value); }
    void bulk(Bytes value) override { writer_.bulk(value); }
    void verbatim(Bytes text) override { writer_.verbatim(text); }
    void set_protocol(int version) override {
        writer_.set_protocol(static_cast<resp::Protocol>(version));
    }
    void null() override { writer_.null(); }
    void null_array() override { writer_.null_array(); }
    void real(double value) override { writer_.real(value); }
    void begin_array() override { writer_.begin_array(); }
    void end_array() override { writer_.end_array(); }
    void begin_map() override { writer_.begin_map(); }
    void end_map() override { writer_.end_map(); }
    void begin_set() override { writer_.begin_set(); }
    void end_set() override { writer_.end_set(); }
    void begin_pair() override { writer_.begin_pair(); }
    void end_pair() override { writer_.end_pair(); }

private:
    resp::Writer writer_;
};

}  // namespace command
