#include "command/latency_report.hpp"

#include <algorithm>
#include <vector>

namespace command {

namespace {

using Samples = std::deque<LatencyMonitor::Sample>;

constexpr size_t most_columns = 80;
constexpr int64_t rows = 4;

std::string age_text(int64_t seconds) {
    constexpr int64_t minute = 60;
    constexpr int64_t hour = 60 * minute;
    constexpr int64_t day = 24 * hour;
    if (seconds < minute)
        return std::to_string(seconds) + "s";
    if (seconds < hour)
        return std::to_string(seconds / minute) + "m";
    if (seconds < day)
        return std::to_string(seconds / hour) + "h";
    return std::to_string(seconds / day) + "d";
}

struct Range {
    int64_t low;
    int64_t high;
};

Range range_of(const Samples& samples) {
    auto [low, high] = std::minmax_element(samples.begin(), samples.end(),
                                           [](const auto& left, const auto& right) {
                                               return left.milliseconds < right.milliseconds;
                                           });
    return {low->milliseconds, high->milliseconds};
}

// Three letters for each row: a column's top is the lower, middle or upper third.
char letter_at(int64_t height, int64_t row) {
    constexpr const char* tops = "_o#";
    int64_t part = height - 3 * row;
    if (part < 0)
        return ' ';
    return part < 3 ? tops[part] : '|';
}

std::string stripped(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

void append_columns(std::string& text, const Samples& samples, Range range) {
    int64_t span = std::max<int64_t>(range.high - range.low, 1);
    for (int64_t row = rows - 1; row >= 0; row--) {
        std::string line;
        for (const auto& sample : samples)
            line += letter_at((sample.milliseconds - range.low) * (3 * rows - 1) / span, row);
        text += stripped(line);
    }
}

void append_ages(std::string& text, const Samples& samples, int64_t now) {
    std::vector<std::string> ages;
    size_t longest = 0;
    for (const auto& sample : samples) {
        ages.push_back(age_text(std::max<int64_t>(now - sample.time, 0)));
        longest = std::max(longest, ages.back().size());
    }
    for (size_t place = 0; place < longest; place++) {
        std::string line;
        for (const std::string& age : ages)
            line += place < age.size() ? age[place] : ' ';
        text += stripped(line);
    }
}

std::string advice(const std::string& event) {
    if (event == "commit")
        return "Commits wait for the disk: see whether it keeps up, or set synchronous_commit to "
               "off "
               "where the last moments may be lost.";
    if (event == "turn")
        return "Many or long commands run in one turn: SLOWLOG GET names those that take long.";
    return "SLOWLOG GET names the commands that take long.";
}

}  // namespace

std::string latency_graph_text(Bytes name, const LatencyMonitor::Event& event, int64_t now) {
    size_t columns = std::min(event.samples.size(), most_columns);
    Samples samples(event.samples.end() - static_cast<std::ptrdiff_t>(columns),
                    event.samples.end());
    Range range = range_of(samples);
    std::string text = std::string(name) + " - high " + std::to_string(range.high) + " ms, low " +
                       std::to_string(range.low) + " ms (all time high " +
                       std::to_string(event.longest) + " ms)\n";
    text += std::string(most_columns, '-') + "\n";
    append_columns(text, samples, range);
    text += "\n";
    append_ages(text, samples, now);
    return text;
}

std::string latency_report(const LatencyMonitor& monitor) {
    if (!monitor.is_on())
        return "Latencies are not watched. CONFIG SET latency-monitor-threshold <milliseconds> "
               "tells from when on something counts as slow.\n";
    if (monitor.events().empty())
        return "Nothing took " + std::to_string(monitor.threshold()) + " ms or longer.\n";
    std::string text;
    for (const auto& [name, event] : monitor.events()) {
        int64_t sum = 0;
        for (const auto& sample : event.samples)
            sum += sample.milliseconds;
        auto count = static_cast<int64_t>(event.samples.size());
        text += name + ": " + std::to_string(count) + " slow moments, " +
                std::to_string(sum / count) + " ms on average, " + std::to_string(event.longest) +
                " ms at worst. " + advice(name) + "\n";
    }
    return text;
}

}  // namespace command
