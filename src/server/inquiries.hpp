// What sessions of SQL ask the server's process, which alone knows its clients. A question takes a
// place in shared memory; the answer comes in a segment of its own, as rows of texts.
#pragma once

#include <string>

#include "command/client.hpp"
#include "command/slowlog.hpp"
#include "pg/pg.hpp"

namespace server::inquiries {

enum class Question : uint8_t { clients, slow_commands, kill_client };

// Rows of fields, one after the other: how many fields a row has is known to both sides.
class Fields {
public:
    void add(core::Bytes text);
    void add(int64_t number);
    void add(bool value) { add(core::Bytes(value ? "t" : "f")); }
    void add_null();

    std::string take() { return std::move(data_); }

private:
    std::string data_;
};

// Reads them. Plain data: what it returns points into the answer.
struct FieldReader {
    const char* data;
    const char* end;

    bool at_end() const { return data == end; }
    // Ends with a NUL; null for a null.
    char* next();
};

// In a session: asks the server of its database, and waits for the answer, which is in the current
// memory context. False if there is no server. Raises if the server does not answer.
bool ask(Question question, int64 argument, FieldReader& answer);

// In the server's process, between its turns: answers what was asked since. Costs next to nothing
// if that is nothing. May throw; what was asked then remains without an answer.
void answer(command::Clients& clients, const command::SlowLog& slow_log);

// Called by _PG_init.
void install();

}  // namespace server::inquiries
