#include <cmath>

#include "outbox/figures.hpp"

namespace outbox {

namespace {

// The lock must be held.
TargetFigures* figures_of(const std::string& target) {
    TargetFigures* unused = nullptr;
    for (TargetFigures& figures : place()->targets) {
        if (target == NameStr(figures.name))
            return &figures;
        if (NameStr(figures.name)[0] == '\0' && !unused)
            unused = &figures;
    }
    if (unused)
        namestrcpy(&unused->name, target.c_str());
    return unused;
}

}  // namespace

int latency_bucket(int64 microseconds) {
    if (microseconds <= 1)
        return 0;
    return std::min(static_cast<int>(2 * std::log2(static_cast<double>(microseconds))),
                    bucket_limit - 1);
}

double latency_of(int bucket) {
    return std::exp2((bucket + 1) / 2.0);
}

void Figures::tell(const std::string& target, const char* state, const std::string& problem) {
    bool changed = state_ != state || problem_ != problem;
    if (!place() || (!changed && sent_ + retried_ + dead_ == 0))
        return;
    LWLockAcquire(place_lock, LW_EXCLUSIVE);
    if (TargetFigures* figures = figures_of(target.substr(0, NAMEDATALEN - 1))) {
        figures->sent += sent_;
        figures->retried += retried_;
        figures->dead += dead_;
        for (int i = 0; i < bucket_limit; i++)
            figures->latencies[i] += latencies_[i];
        if (strcmp(figures->state, state) != 0)
            figures->since = GetCurrentTimestamp();
        strlcpy(figures->state, state, sizeof(figures->state));
        strlcpy(figures->problem, problem.c_str(), sizeof(figures->problem));
    }
    LWLockRelease(place_lock);
    sent_ = retried_ = dead_ = 0;
    std::fill(std::begin(latencies_), std::end(latencies_), 0);
    if (changed) {
        state_ = state;
        problem_ = problem;
    }
}

void forget_other_targets(const std::vector<std::string>& names) {
    if (!place())
        return;
    LWLockAcquire(place_lock, LW_EXCLUSIVE);
    for (TargetFigures& figures : place()->targets)
        if (std::none_of(names.begin(), names.end(), [&figures](const std::string& name) {
                return name.compare(0, NAMEDATALEN - 1, NameStr(figures.name)) == 0;
            }))
            memset(&figures, 0, sizeof(figures));
    LWLockRelease(place_lock);
}

}  // namespace outbox
