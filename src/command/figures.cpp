#include "command/figures.hpp"

#include <numeric>

namespace command {

void Rate::sample(uint64_t total, int64_t now) {
    if (last_time_ != 0 && now > last_time_ && total >= last_total_) {
        double seconds = static_cast<double>(now - last_time_) / 1000;
        samples_[next_] = static_cast<double>(total - last_total_) / seconds;
        next_ = (next_ + 1) % sample_count;
    }
    last_total_ = total;
    last_time_ = now;
}

double Rate::per_second() const {
    return std::accumulate(samples_.begin(), samples_.end(), 0.0) / sample_count;
}

Figures::Figures() : by_command(all().size()) {}

void Figures::count_call(Id id, uint64_t nanoseconds, Bytes error) {
    CommandFigures& command = of(id);
    commands++;
    command.calls++;
    command.microseconds += nanoseconds / 1000;
    command.latencies.add(nanoseconds);
    if (error.empty())
        return;
    command.failed++;
    count_error(error);
}

void Figures::count_rejected(Id id, Bytes error) {
    of(id).rejected++;
    count_error(error);
}

void Figures::count_error(Bytes error) {
    error_replies++;
    errors[std::string(error.substr(0, error.find(' ')))]++;
}

void Figures::sample(int64_t now) {
    commands_per_second.sample(commands, now);
    bytes_in_per_second.sample(bytes_in, now);
    bytes_out_per_second.sample(bytes_out, now);
}

void Figures::reset() {
    Figures fresh;
    fresh.started_at = started_at;
    fresh.run_id = run_id;
    fresh.executable = executable;
    fresh.blocked_clients = blocked_clients;
    fresh.helpers = helpers;
    fresh.busy_helpers = busy_helpers;
    fresh.queued_commands = queued_commands;
    *this = std::move(fresh);
}

}  // namespace command
