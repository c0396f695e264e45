// A process that waits for the disk in the server's place: it flushes the WAL of a turn that is
// committed while the server runs the next one. Replies are held back until then. The process is
// started when it is needed, and leaves when it was idle for a while.
#pragma once

#include "pg/pg.hpp"

extern "C" {
#include "access/xlogdefs.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
}

namespace server {

class Flusher {
public:
    Flusher() = default;
    Flusher(const Flusher&) = delete;

    // False if there is no process yet; one is asked for then, unless that was to no avail a
    // moment ago.
    bool is_ready();
    // Asks the process to flush, and to wait for synchronous standbys as a commit does.
    void flush(XLogRecPtr position);
    // The last position that was asked for.
    XLogRecPtr wanted() const { return wanted_; }
    // Up to where all is as durable as synchronous_commit says. If the process has ended, what it
    // was asked for is done here.
    XLogRecPtr flushed();
    // To be called now and then: gives the process back that nobody needed for a while.
    void leave_if_idle();

private:
    bool start();
    bool has_ended() const;
    void lose();

    XLogRecPtr wanted_ = InvalidXLogRecPtr;
    dsm_segment* segment_ = nullptr;
    BackgroundWorkerHandle* process_ = nullptr;
    TimestampTz next_start_ = 0;
    TimestampTz idle_since_ = 0;  // 0: it is not, or nobody has looked
};

}  // namespace server
