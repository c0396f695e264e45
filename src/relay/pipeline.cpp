#include "relay/pipeline.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <span>
#include <utility>

#include "relay/encode.hpp"
#include "relay/fill_script.hpp"
#include "relay/replies.hpp"

namespace relay {

namespace {

Bytes text_of(const redisReply& reply) {
    return {reply.str, reply.len};
}

std::span<redisReply* const> elements_of(const redisReply& reply) {
    return {reply.element, reply.elements};
}

// Makes the verdict that of the worst error in the reply, an EXEC's elements included. False if
// the server is away.
bool judge(const redisReply& reply, Verdict& verdict, std::string& problem) {
    if (reply.type == REDIS_REPLY_ARRAY)
        return std::ranges::all_of(elements_of(reply), [&](const redisReply* element) {
            return judge(*element, verdict, problem);
        });
    if (reply.type != REDIS_REPLY_ERROR)
        return true;

    ErrorMeaning meaning = meaning_of(text_of(reply));
    // The first of the worst: EXECABORT comes after what it is due to.
    if (meaning.verdict > verdict || meaning.is_server_away) {
        verdict = meaning.verdict;
        problem = readable(text_of(reply));
    }
    return !meaning.is_server_away;
}

// Cursor and keys.
bool is_scan_reply(const redisReply& reply) {
    if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 2)
        return false;
    const redisReply& keys = *reply.element[1];
    return reply.element[0]->type == REDIS_REPLY_STRING && keys.type == REDIS_REPLY_ARRAY &&
           std::ranges::all_of(elements_of(keys), [](const redisReply* key) {
               return key->type == REDIS_REPLY_STRING;
           });
}

}  // namespace

void Pipeline::send(const Request& request) {
    output_ += request.encoded;
    due_.push_back({request.ticket, request.replies, Kind::request});
    ++requests_;
}

void Pipeline::forget(Pattern pattern) {
    jobs_.push_back({std::move(pattern)});
    if (jobs_.size() == 1)
        send_scan();
}

bool Pipeline::take(const redisReply& reply, std::string& problem) {
    if (due_.empty()) {
        problem = "Redis sent a reply to nothing";
        return false;
    }
    Due& due = due_.front();
    if (!judge(reply, due.verdict, due.problem)) {
        problem = due.problem;
        return false;
    }
    if (--due.replies > 0)
        return true;

    Due answered = std::move(due);
    due_.pop_front();
    if (answered.kind == Kind::request) {
        --requests_;
        finish(answered.ticket, answered.verdict, std::move(answered.problem));
        return true;
    }
    Job& job = jobs_.front();
    if (answered.verdict > job.verdict) {
        job.verdict = answered.verdict;
        job.problem = std::move(answered.problem);
    }
    if (answered.kind == Kind::scan)
        return take_scanned(reply, problem);
    if (job.has_scanned_all)
        finish_job();
    return true;
}

void Pipeline::give_up(const std::string& problem) {
    for (const Due& due : due_)
        if (due.kind == Kind::request)
            stall(due.ticket, problem);
    for (const Job& job : jobs_)
        stall(job.pattern.ticket, problem);
    due_.clear();
    requests_ = 0;
    jobs_.clear();
    output_.clear();
    written_ = 0;
}

void Pipeline::stall(uint64_t ticket, const std::string& problem) {
    outcomes_.push_back({ticket, Verdict::stalled, problem});
}

bool Pipeline::next(Outcome& outcome) {
    if (outcomes_.empty())
        return false;
    outcome = std::move(outcomes_.front());
    outcomes_.pop_front();
    return true;
}

void Pipeline::written(size_t size) {
    constexpr size_t most_kept = 4 * 1024 * 1024;
    written_ += size;
    if (written_ == output_.size()) {
        output_.clear();
        written_ = 0;
        if (output_.capacity() > most_kept)
            output_.shrink_to_fit();
    } else if (written_ >= output_.size() / 2) {
        output_.erase(0, written_);
        written_ = 0;
    }
}

void Pipeline::finish(uint64_t ticket, Verdict verdict, std::string&& problem) {
    if (verdict == Verdict::done)
        ++done_;
    outcomes_.push_back({ticket, verdict, std::move(problem)});
}

// Patterns
// -----------------------------------------------------------------------------------------

void Pipeline::send_scan() {
    const Job& job = jobs_.front();
    add_command(output_, {"SCAN", job.cursor, "MATCH", job.pattern.glob, "COUNT", "1000"});
    due_.push_back({0, 1, Kind::scan});
}

// The UNLINK goes before the next SCAN, so that its reply has come when that of the SCAN comes.
bool Pipeline::take_scanned(const redisReply& reply, std::string& problem) {
    Job& job = jobs_.front();
    if (job.verdict != Verdict::done) {
        finish_job();
        return true;
    }
    if (!is_scan_reply(reply)) {
        problem = "Redis sent a reply to SCAN that is none";
        return false;
    }
    job.cursor = text_of(*reply.element[0]);
    job.has_scanned_all = job.cursor == "0";
    bool has_keys = send_unlink(*reply.element[1]);
    if (!job.has_scanned_all)
        send_scan();
    else if (!has_keys)
        finish_job();
    return true;
}

bool Pipeline::send_unlink(const redisReply& keys) {
    bool spares = jobs_.front().pattern.spare_versions;
    auto goes = [&](const redisReply* key) {
        return !spares || !text_of(*key).ends_with(version_suffix);
    };
    auto count = std::ranges::count_if(elements_of(keys), goes);
    if (count == 0)
        return false;
    begin_command(output_, 1 + count);
    add_word(output_, "UNLINK");
    for (const redisReply* key : elements_of(keys))
        if (goes(key))
            add_word(output_, text_of(*key));
    due_.push_back({0, 1, Kind::unlink});
    return true;
}

void Pipeline::finish_job() {
    Job& job = jobs_.front();
    finish(job.pattern.ticket, job.verdict, std::move(job.problem));
    jobs_.pop_front();
    if (!jobs_.empty())
        send_scan();
}

}  // namespace relay
