// libuv's loop, and what of it is needed here. It never waits, and its callbacks do not throw.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

struct uv_loop_s;
struct uv_poll_s;
struct uv_timer_s;

namespace server {

class Loop {
public:
    Loop();  // throws std::system_error
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop();  // watchers and timers must be gone

    void run();              // calls back what is due
    int descriptor() const;  // readable when something is
    int timeout() const;     // milliseconds until something is in any case, or -1
    uint64_t now() const;    // milliseconds, as of the last run()

private:
    friend class Watcher;
    friend class Timer;

    std::unique_ptr<uv_loop_s> loop_;
};

// Who is told when a descriptor can be read or written.
class Watched {
public:
    virtual void ready(bool readable, bool writable) noexcept = 0;

protected:
    ~Watched() = default;
};

// Watches a descriptor, which stays the owner's: close it after the watcher is gone.
class Watcher {
public:
    Watcher(Loop& loop, int descriptor, Watched& watched);  // throws std::system_error
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    ~Watcher();

    // A descriptor in error counts as ready for what is watched: reading or writing tells.
    void watch(bool readable, bool writable);

private:
    static void call_back(uv_poll_s* handle, int status, int events);

    uv_poll_s* handle_;  // freed by libuv's callback, later
    Watched& watched_;
    int events_ = 0;
};

class Timer {
public:
    // Calls a function that does not throw.
    Timer(Loop& loop, std::function<void()> tick);
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer();

    void start(uint64_t interval);  // milliseconds, again and again; if it is not running
    void stop();

private:
    std::function<void()> tick_;
    uv_timer_s* handle_;  // freed by libuv's callback, later
};

}  // namespace server
