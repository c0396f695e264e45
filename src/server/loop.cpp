#include "server/loop.hpp"

#include <uv.h>

#include <system_error>
#include <utility>

namespace server {

namespace {

template <class Handle>
void close_handle(Handle* handle) {
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
}

// libuv's errors are the system's, negated.
void check(int result, const char* what) {
    if (result < 0)
        throw std::system_error(-result, std::generic_category(), what);
}

}  // namespace

Loop::Loop() : loop_(std::make_unique<uv_loop_t>()) {
    check(uv_loop_init(loop_.get()), "could not make an event loop");
}

Loop::~Loop() {
    while (uv_loop_close(loop_.get()) == UV_EBUSY)
        uv_run(loop_.get(), UV_RUN_NOWAIT);
}

void Loop::run() {
    uv_run(loop_.get(), UV_RUN_NOWAIT);
}

int Loop::descriptor() const {
    return uv_backend_fd(loop_.get());
}

// libuv's own answer is 0 if nothing is watched, and counts from its cached time.
int Loop::timeout() const {
    if (uv_loop_alive(loop_.get()) == 0)
        return -1;
    uv_update_time(loop_.get());
    return uv_backend_timeout(loop_.get());
}

uint64_t Loop::now() const {
    return uv_now(loop_.get());
}

Watcher::Watcher(Loop& loop, int descriptor, Watched& watched) : watched_(watched) {
    auto handle = std::make_unique<uv_poll_t>();
    check(uv_poll_init(loop.loop_.get(), handle.get(), descriptor), "could not watch a socket");
    handle_ = handle.release();
    handle_->data = this;
}

Watcher::~Watcher() {
    close_handle(handle_);
}

void Watcher::watch(bool readable, bool writable) {
    int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
    if (events == events_)
        return;
    events_ = events;
    uv_poll_start(handle_, events, call_back);
}

void Watcher::call_back(uv_poll_t* handle, int status, int events) {
    auto* watcher = static_cast<Watcher*>(handle->data);
    if (status < 0) {
        // libuv has stopped watching, but there may be bytes to read before the error.
        events = watcher->events_;
        uv_poll_start(handle, events, call_back);
    }
    watcher->watched_.ready((events & UV_READABLE) != 0, (events & UV_WRITABLE) != 0);
}

Timer::Timer(Loop& loop, std::function<void()> tick)
    : tick_(std::move(tick)), handle_(new uv_timer_t) {
    uv_timer_init(loop.loop_.get(), handle_);
    handle_->data = this;
}

Timer::~Timer() {
    close_handle(handle_);
}

void Timer::start(uint64_t interval) {
    if (uv_is_active(reinterpret_cast<uv_handle_t*>(handle_)) != 0)
        return;
    auto call_back = [](uv_timer_t* handle) {
        static_cast<Timer*>(handle->data)->tick_();
    };
    uv_update_time(handle_->loop);
    uv_timer_start(handle_, call_back, interval, interval);
}

void Timer::stop() {
    uv_timer_stop(handle_);
}

}  // namespace server
