// A command's reply, written in the protocol.
#pragma once

#include <string>

#include "command/reply.hpp"
#include "resp/writer.hpp"

namespace unit {

class WriterReply final : public command::Reply {
public:
    WriterReply(std::string& output, resp::Protocol protocol) : writer_(output, protocol) {}

    void status(const char* text) override { writer_.status(text); }
    void integer(int64_t value) override { writer_.integer(value); }
    void bulk(core::Bytes value) override { writer_.bulk(value); }
    void null() override { writer_.null(); }
    void begin_array() override { writer_.begin_array(); }
    void end_array() override { writer_.end_array(); }
    void begin_map() override { writer_.begin_map(); }
    void end_map() override { writer_.end_map(); }

private:
    resp::Writer writer_;
};

}  // namespace unit
