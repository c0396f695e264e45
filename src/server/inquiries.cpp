#include <atomic>

#include "server/inquiries.hpp"

#include "command/client_text.hpp"
#include "command/monitor.hpp"
#include "core/number.hpp"
#include "pg/shared_memory.hpp"
#include "worker/attempt.hpp"
#include "worker/process.hpp"

extern "C" {
#include "storage/dsm.h"
#include "storage/procarray.h"
#include "utils/wait_event.h"
}

namespace server::inquiries {

namespace {

constexpr int place_limit = 32;  // sessions that ask at a time

// How long a session waits for an answer, and how often it looks whether the server is still there.
constexpr int patience = 5000;  // ms
constexpr int wait_step = 100;

struct Place {
    pid_t asker;  // 0: unused
    Latch* latch;
    uint32 ticket;  // tells one question from the next
    pid_t server;
    Question question;
    int64 argument;
    bool is_answered;
    dsm_handle answer;  // pinned, so that it outlives the server; invalid: the server failed
    Size size;
};

struct Area {
    std::atomic<uint32> asked;  // changes with each question
    Place places[place_limit];
};

Area* area = nullptr;
LWLock* lock = nullptr;

template <class Function>
auto locked(LWLockMode mode, Function&& function) -> decltype(function()) {
    LWLockAcquire(lock, mode);
    if constexpr (std::is_void_v<decltype(function())>) {
        function();
        LWLockRelease(lock);
    } else {
        auto value = function();
        LWLockRelease(lock);
        return value;
    }
}

Size area_size() {
    return sizeof(Area);
}

void attach(void* memory, LWLock* own_lock) {
    area = static_cast<Area*>(memory);
    lock = own_lock;
}

// The session's side ------------------------------------------------------------------------------

struct ServerProcess {
    pid_t pid;  // 0: none
    Latch* latch;
};

ServerProcess find_server() {
    return worker::locked(LW_SHARED, [] {
        for (const worker::Entry& entry : worker::shared->entries)
            if (entry.is_used() && entry.kind == worker::Kind::server &&
                entry.database == MyDatabaseId && entry.pid != 0)
                return ServerProcess{entry.pid, entry.latch};
        return ServerProcess{};
    });
}

bool is_there(pid_t server) {
    return find_server().pid == server;
}

void empty(Place& place) {
    if (place.is_answered && place.answer != DSM_HANDLE_INVALID)
        dsm_unpin_segment(place.answer);
    uint32 ticket = place.ticket;
    place = {};
    place.ticket = ticket;
}

// A session that died has left its place as it was.
Place* unused_place() {
    for (Place& place : area->places) {
        if (place.asker != 0 && BackendPidGetProc(place.asker))
            continue;
        empty(place);
        return &place;
    }
    return nullptr;
}

Place& take_place(pid_t server, Question question, int64 argument) {
    Place* place = locked(LW_EXCLUSIVE, [&] {
        Place* unused = unused_place();
        if (unused)
            *unused = {MyProcPid, MyLatch, unused->ticket + 1, server, question,
                       argument,  false,   DSM_HANDLE_INVALID, 0};
        return unused;
    });
    if (!place)
        ereport(ERROR, (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
                        errmsg("too many sessions ask the pg_kv servers at a time")));
    area->asked.fetch_add(1);
    return *place;
}

void give_back(Place& place) {
    locked(LW_EXCLUSIVE, [&place] { empty(place); });
}

bool is_answered(const Place& place) {
    return locked(LW_SHARED, [&place] { return place.is_answered; });
}

// False if the server goes away.
bool wait_for_answer(const Place& place) {
    for (int waited = 0; !is_answered(place); waited += wait_step) {
        if (!is_there(place.server))
            return false;
        if (waited >= patience)
            ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                            errmsg("the pg_kv server does not answer")));
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, wait_step,
                        PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
        CHECK_FOR_INTERRUPTS();
    }
    return true;
}

FieldReader copy_answer(const Place& place) {
    if (place.size == 0)
        return {nullptr, nullptr};
    dsm_segment* segment = place.answer == DSM_HANDLE_INVALID ? nullptr : dsm_attach(place.answer);
    if (!segment)
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
                        errmsg("the pg_kv server had no memory for its answer")));
    auto* copy = static_cast<char*>(palloc_extended(place.size, MCXT_ALLOC_HUGE));
    memcpy(copy, dsm_segment_address(segment), place.size);
    dsm_detach(segment);
    return {copy, copy + place.size};
}

// The server's side -------------------------------------------------------------------------------

struct Inquiry {
    int place;  // -1: none
    uint32 ticket;
    Question question;
    int64 argument;
};

Inquiry next_inquiry() {
    return locked(LW_SHARED, [] {
        for (int i = 0; i < place_limit; i++) {
            const Place& place = area->places[i];
            if (place.asker != 0 && place.server == MyProcPid && !place.is_answered)
                return Inquiry{i, place.ticket, place.question, place.argument};
        }
        return Inquiry{-1, 0, {}, 0};
    });
}

// A pinned segment with the bytes. May raise.
dsm_handle make_segment(core::Bytes bytes) {
    dsm_segment* segment = dsm_create(bytes.size(), DSM_CREATE_NULL_IF_MAXSEGMENTS);
    if (!segment)
        return DSM_HANDLE_INVALID;
    memcpy(dsm_segment_address(segment), bytes.data(), bytes.size());
    dsm_pin_segment(segment);
    dsm_handle handle = dsm_segment_handle(segment);
    dsm_detach(segment);
    return handle;
}

void post(const Inquiry& inquiry, core::Bytes bytes) {
    dsm_handle handle = DSM_HANDLE_INVALID;
    if (!bytes.empty()) {
        ErrorData* error = worker::attempt(worker::process::is_worth_logging,
                                           [&] { handle = make_segment(bytes); });
        if (error)
            FreeErrorData(error);
    }
    bool is_awaited = locked(LW_EXCLUSIVE, [&] {
        Place& place = area->places[inquiry.place];
        if (place.asker == 0 || place.ticket != inquiry.ticket)
            return false;
        place.answer = handle;
        place.size = bytes.size();
        place.is_answered = true;
        SetLatch(place.latch);
        return true;
    });
    if (!is_awaited && handle != DSM_HANDLE_INVALID)
        dsm_unpin_segment(handle);
}

void add_if_any(Fields& fields, core::Bytes text) {
    if (text.empty())
        fields.add_null();
    else
        fields.add(text);
}

// In the order of the columns of kv.client_states().
void add_client(Fields& fields, const command::Client& client) {
    add_if_any(fields, client.user);
    fields.add(client.id);
    fields.add(client.address);
    fields.add(client.local_address);
    add_if_any(fields, client.name);
    fields.add(int64_t{client.database});
    fields.add(client.connected_at);
    fields.add(client.last_used_at);
    fields.add(command::client_flags(client));
    add_if_any(fields, client.last_command);
    if (client.is_queueing)
        fields.add(static_cast<int64_t>(client.queue.size()));
    else
        fields.add_null();
    fields.add(static_cast<int64_t>(client.input_size));
    fields.add(static_cast<int64_t>(client.output_size));
    fields.add(static_cast<int64_t>(client.commands));
    add_if_any(fields, client.library_name);
    add_if_any(fields, client.library_version);
    fields.add(int64_t{client.protocol});
    fields.add(client.is_tls);
}

std::string tell_clients(command::Clients& clients) {
    Fields fields;
    clients.walk([&fields](command::Client& client) { add_client(fields, client); });
    return fields.take();
}

// In the order of the columns of kv.slow_commands().
std::string tell_slow_commands(const command::SlowLog& slow_log) {
    Fields fields;
    for (const command::SlowLog::Entry& entry : slow_log.entries()) {
        std::string text;
        for (const std::string& argument : entry.arguments) {
            if (!text.empty())
                text += ' ';
            command::append_quoted(text, argument);
        }
        fields.add(entry.id);
        fields.add(entry.time);
        fields.add(entry.microseconds);
        fields.add(text);
        fields.add(entry.address);
        add_if_any(fields, entry.client_name);
    }
    return fields.take();
}

std::string kill_client(command::Clients& clients, int64_t id) {
    command::Client* found = nullptr;
    clients.walk([&found, id](command::Client& client) {
        if (client.id == id)
            found = &client;
    });
    if (found)
        clients.close(*found);
    Fields fields;
    fields.add(found != nullptr);
    return fields.take();
}

std::string answer_to(const Inquiry& inquiry, command::Clients& clients,
                      const command::SlowLog& slow_log) {
    switch (inquiry.question) {
        case Question::clients:
            return tell_clients(clients);
        case Question::slow_commands:
            return tell_slow_commands(slow_log);
        case Question::kill_client:
            return kill_client(clients, inquiry.argument);
    }
    return {};
}

constexpr uint32 null_size = UINT32_MAX;

}  // namespace

void Fields::add(core::Bytes text) {
    auto size = static_cast<uint32>(text.size());
    data_.append(reinterpret_cast<const char*>(&size), sizeof(size));
    data_.append(text);
    data_ += '\0';
}

void Fields::add(int64_t number) {
    add(core::IntegerText(number).bytes());
}

void Fields::add_null() {
    data_.append(reinterpret_cast<const char*>(&null_size), sizeof(null_size));
}

char* FieldReader::next() {
    uint32 size;
    memcpy(&size, data, sizeof(size));
    data += sizeof(size);
    if (size == null_size)
        return nullptr;
    const char* text = data;
    data += size + 1;
    return const_cast<char*>(text);
}

bool ask(Question question, int64 argument, FieldReader& answer) {
    if (!area || !worker::shared)
        return false;
    ServerProcess server = find_server();
    if (server.pid == 0)
        return false;
    Place& place = take_place(server.pid, question, argument);
    volatile bool has_answer = false;
    PG_TRY();
    {
        SetLatch(server.latch);
        has_answer = wait_for_answer(place);
        if (has_answer)
            answer = copy_answer(place);
    }
    PG_FINALLY();
    { give_back(place); }
    PG_END_TRY();
    return has_answer;
}

void answer(command::Clients& clients, const command::SlowLog& slow_log) {
    static uint32 seen = 0;
    uint32 asked = area->asked.load(std::memory_order_relaxed);
    if (likely(asked == seen))
        return;
    seen = asked;
    for (Inquiry inquiry = next_inquiry(); inquiry.place >= 0; inquiry = next_inquiry())
        post(inquiry, answer_to(inquiry, clients, slow_log));
}

void install() {
    pg::shared_memory::reserve({area_size, attach});
}

}  // namespace server::inquiries
