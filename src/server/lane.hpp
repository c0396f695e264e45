// The slow lane: helper processes that run what takes long, or would have to wait, one command of
// one client at a time, while the server goes on. They are started when they are needed, and leave
// when they were idle for a while.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "server/helper.hpp"
#include "server/session.hpp"

namespace server {

// Told of what the helpers answer.
class LaneEvents {
public:
    // A part of the reply to the session's command.
    virtual void answered(Session& session, Bytes reply) = 0;
    // That was all of it.
    virtual void finished(Session& session) = 0;

protected:
    ~LaneEvents() = default;
};

class Lane {
public:
    explicit Lane(LaneEvents& events);
    Lane(const Lane&) = delete;
    ~Lane();

    // Takes a command. False if there is no helper and none can be had.
    bool give(Session& session, std::span<const Bytes> arguments);
    // Stops a session's command; nothing more is told of it.
    void cancel(const Session& session);
    // Takes what the helpers have answered; to be called when the process's latch was set.
    void poll();

    size_t size() const { return helpers_.size(); }
    size_t busy() const;
    size_t queued() const { return waiting_.size(); }

private:
    struct Task {
        Session* session;  // null: cancelled
        std::string message;
    };
    struct Helper;

    Helper* find_idle();
    Helper* start();
    void assign(Helper& helper, Task task);
    // False if the helper is gone.
    bool send(Helper& helper);
    bool receive(Helper& helper);
    void lose(Helper& helper);
    void let_idle_go();

    LaneEvents& events_;
    std::vector<std::unique_ptr<Helper>> helpers_;
    std::deque<Task> waiting_;
    bool has_warned_ = false;
};

}  // namespace server
