#include "server/lane.hpp"

#include "pg/guard.hpp"
#include "pg/settings_server.hpp"
#include "worker/helpers.hpp"

extern "C" {
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
}

namespace server {

namespace {

constexpr int idle_seconds = 60;

}  // namespace

struct Lane::Helper {
    dsm_segment* segment = nullptr;
    BackgroundWorkerHandle* process = nullptr;
    shm_mq_handle* requests = nullptr;
    shm_mq_handle* replies = nullptr;
    Task task = {};
    bool is_busy = false;
    bool is_sent = false;
    TimestampTz idle_since = 0;

    bool start();
};

// Calls PostgreSQL.
bool Lane::Helper::start() {
    segment = dsm_create(sizeof(Segment), 0);
    dsm_pin_mapping(segment);
    shm_mq* request_queue = shm_mq_create(Segment::of(segment)->requests, queue_size);
    shm_mq* reply_queue = shm_mq_create(Segment::of(segment)->replies, queue_size);
    shm_mq_set_sender(request_queue, MyProc);
    shm_mq_set_receiver(reply_queue, MyProc);
    process = worker::helpers::ask_for("kv_helper_main", dsm_segment_handle(segment));
    if (!process) {
        dsm_detach(segment);
        return false;
    }
    requests = shm_mq_attach(request_queue, segment, process);
    replies = shm_mq_attach(reply_queue, segment, process);
    return true;
}

Lane::Lane(LaneEvents& events) : events_(events) {}

Lane::~Lane() = default;

size_t Lane::busy() const {
    return static_cast<size_t>(std::count_if(helpers_.begin(), helpers_.end(),
                                             [](const auto& helper) { return helper->is_busy; }));
}

bool Lane::give(Session& session, std::span<const Bytes> arguments) {
    Request head{session.seat.role().oid, session.client.database, session.client.protocol,
                 static_cast<uint32>(arguments.size())};
    Task task{&session, head.pack(arguments)};
    if (Helper* helper = find_idle(); helper || (helper = start()))
        assign(*helper, std::move(task));
    else if (!helpers_.empty())
        waiting_.push_back(std::move(task));
    else
        return false;
    return true;
}

Lane::Helper* Lane::find_idle() {
    for (auto& helper : helpers_)
        if (!helper->is_busy)
            return helper.get();
    return nullptr;
}

Lane::Helper* Lane::start() {
    if (helpers_.size() >= static_cast<size_t>(pg::settings::server().helpers))
        return nullptr;
    auto helper = std::make_unique<Helper>();
    bool is_started = pg::call([&helper] {
        MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
        bool is_started = helper->start();
        MemoryContextSwitchTo(before);
        return is_started;
    });
    if (!is_started) {
        if (!std::exchange(has_warned_, true))
            pg::call([] {
                ereport(LOG, (errmsg("pg_kv could not start a helper process for slow commands"),
                              errhint("Raise max_worker_processes.")));
            });
        return nullptr;
    }
    has_warned_ = false;
    helpers_.push_back(std::move(helper));
    return helpers_.back().get();
}

void Lane::assign(Helper& helper, Task task) {
    helper.task = std::move(task);
    helper.is_busy = true;
    helper.is_sent = false;
    send(helper);
}

bool Lane::send(Helper& helper) {
    if (!helper.is_busy || helper.is_sent)
        return true;
    shm_mq_result result = pg::call([&helper] {
        const std::string& message = helper.task.message;
        return shm_mq_send(helper.requests, message.size(), message.data(), true, true);
    });
    helper.is_sent = result == SHM_MQ_SUCCESS;
    if (helper.is_sent)
        helper.task.message = {};
    return result != SHM_MQ_DETACHED;
}

bool Lane::receive(Helper& helper) {
    for (;;) {
        Size size;
        void* data;
        shm_mq_result result =
            pg::call([&] { return shm_mq_receive(helper.replies, &size, &data, true); });
        if (result != SHM_MQ_SUCCESS)
            return result == SHM_MQ_WOULD_BLOCK;
        Bytes message(static_cast<const char*>(data), size);
        if (message.front() == reply_part) {
            if (helper.task.session)
                events_.answered(*helper.task.session, message.substr(1));
            continue;
        }
        Session* session = std::exchange(helper.task.session, nullptr);
        helper.is_busy = false;
        helper.idle_since = GetCurrentTimestamp();
        if (session)
            events_.finished(*session);
    }
}

void Lane::poll() {
    for (size_t i = 0; i < helpers_.size();) {
        Helper& helper = *helpers_[i];
        if (send(helper) && receive(helper)) {
            i++;
        } else {
            lose(helper);
            helpers_.erase(helpers_.begin() + static_cast<ptrdiff_t>(i));
        }
    }
    while (!waiting_.empty()) {
        Helper* helper = find_idle();
        if (!helper && !(helper = start()))
            break;
        Task task = std::move(waiting_.front());
        waiting_.pop_front();
        if (task.session)
            assign(*helper, std::move(task));
    }
    let_idle_go();
}

// The process has ended: by an error while it connected, or by somebody who terminated it.
void Lane::lose(Helper& helper) {
    if (Session* session = std::exchange(helper.task.session, nullptr)) {
        events_.answered(*session, "-ERR the process that ran the command ended\r\n");
        events_.finished(*session);
    }
    pg::call([&helper] {
        shm_mq_detach(helper.requests);
        shm_mq_detach(helper.replies);
        dsm_detach(helper.segment);
        pfree(helper.process);
    });
}

void Lane::cancel(const Session& session) {
    for (Task& task : waiting_)
        if (task.session == &session)
            task.session = nullptr;
    for (auto& helper : helpers_) {
        if (helper->task.session != &session)
            continue;
        helper->task.session = nullptr;
        pid_t pid;
        if (GetBackgroundWorkerPid(helper->process, &pid) == BGWH_STARTED)
            kill(pid, SIGINT);
    }
}

void Lane::let_idle_go() {
    TimestampTz now = GetCurrentTimestamp();
    std::erase_if(helpers_, [&](auto& helper) {
        if (helper->is_busy ||
            !TimestampDifferenceExceeds(helper->idle_since, now, idle_seconds * 1000))
            return false;
        lose(*helper);
        return true;
    });
}

std::string Request::pack(std::span<const Bytes> words) const {
    std::string message(reinterpret_cast<const char*>(this), sizeof(*this));
    for (Bytes word : words) {
        uint64 size = word.size();
        message.append(reinterpret_cast<const char*>(&size), sizeof(size)).append(word);
    }
    return message;
}

Request Request::unpack(Bytes message, std::vector<Bytes>& words) {
    Request request;
    memcpy(&request, message.data(), sizeof(request));
    message.remove_prefix(sizeof(request));
    words.clear();
    for (uint32 i = 0; i < request.arguments; i++) {
        uint64 size;
        memcpy(&size, message.data(), sizeof(size));
        words.push_back(message.substr(sizeof(size), size));
        message.remove_prefix(sizeof(size) + size);
    }
    return request;
}

}  // namespace server
