#include "server/lane.hpp"

#include "pg/guard.hpp"
#include "pg/settings_server.hpp"

extern "C" {
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/procsignal.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
}

#include <csignal>

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
};

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
        dsm_segment* segment = dsm_create(Segment::size(), 0);
        dsm_pin_mapping(segment);
        Segment* shared = Segment::of(segment);
        shared->database = MyDatabaseId;
        shared->server = MyProcPid;
        shm_mq* requests = shm_mq_create(shared->requests(), queue_size);
        shm_mq* replies = shm_mq_create(shared->replies(), queue_size);
        shm_mq_set_sender(requests, MyProc);
        shm_mq_set_receiver(replies, MyProc);

        BackgroundWorker worker = {};
        strlcpy(worker.bgw_name, "pg_kv helper", BGW_MAXLEN);
        strlcpy(worker.bgw_type, "pg_kv helper", BGW_MAXLEN);
        strlcpy(worker.bgw_library_name, "pg_kv", BGW_MAXLEN);
        strlcpy(worker.bgw_function_name, "kv_helper_main", BGW_MAXLEN);
        worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
        worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
        worker.bgw_restart_time = BGW_NEVER_RESTART;
        worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(segment));
        worker.bgw_notify_pid = MyProcPid;
        bool is_registered = RegisterDynamicBackgroundWorker(&worker, &helper->process);
        if (is_registered) {
            helper->segment = segment;
            helper->requests = shm_mq_attach(requests, segment, helper->process);
            helper->replies = shm_mq_attach(replies, segment, helper->process);
        } else {
            dsm_detach(segment);
        }
        MemoryContextSwitchTo(before);
        return is_registered;
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

int Lane::timeout() const {
    return helpers_.empty() ? -1 : idle_seconds * 1000;
}

void Lane::close() {
    for (auto& helper : helpers_)
        lose(*helper);
    helpers_.clear();
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
