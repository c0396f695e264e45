// LATENCY.
#include <algorithm>

#include "command/details.hpp"
#include "command/figures.hpp"
#include "command/help.hpp"
#include "command/latency_monitor.hpp"
#include "command/latency_report.hpp"
#include "command/server_handlers.hpp"

namespace command::introspection {

namespace {

LatencyMonitor& monitor_of(const Call& call) {
    return call.door->server.latency();
}

void reply_histogram(Reply& reply, const Command& command, const CommandFigures& figures) {
    if (figures.latencies.total() == 0)
        return;
    reply.bulk(command.name);
    reply.begin_map();
    reply.bulk("calls");
    reply.integer(static_cast<int64_t>(figures.latencies.total()));
    reply.bulk("histogram_usec");
    reply.begin_map();
    figures.latencies.walk_doubling([&](uint64_t nanoseconds, uint64_t count) {
        reply.integer(static_cast<int64_t>(nanoseconds / 1000));
        reply.integer(static_cast<int64_t>(count));
    });
    reply.end_map();
    reply.end_map();
}

}  // namespace

Status latency_latest(Call& call) {
    call.reply.begin_array();
    for (const auto& [name, event] : monitor_of(call).events()) {
        call.reply.begin_array();
        call.reply.bulk(name);
        call.reply.integer(event.samples.back().time);
        call.reply.integer(event.samples.back().milliseconds);
        call.reply.integer(event.longest);
        call.reply.end_array();
    }
    call.reply.end_array();
    return {};
}

Status latency_history(Call& call) {
    const auto& events = monitor_of(call).events();
    call.reply.begin_array();
    if (auto event = events.find(call[2]); event != events.end())
        for (const LatencyMonitor::Sample& sample : event->second.samples) {
            call.reply.begin_array();
            call.reply.integer(sample.time);
            call.reply.integer(sample.milliseconds);
            call.reply.end_array();
        }
    call.reply.end_array();
    return {};
}

Status latency_reset(Call& call) {
    LatencyMonitor& monitor = monitor_of(call);
    int64_t count = 0;
    if (call.size() == 2) {
        count = static_cast<int64_t>(monitor.events().size());
        monitor.reset();
    }
    for (Bytes event : call.arguments.subspan(2))
        count += monitor.reset(event);
    call.reply.integer(count);
    return {};
}

Status latency_graph(Call& call) {
    const auto& events = monitor_of(call).events();
    auto event = events.find(call[2]);
    if (event == events.end())
        return {ErrorCode::no_samples, std::string(call[2])};
    call.reply.verbatim(latency_graph_text(event->first, event->second, call.store.now() / 1000));
    return {};
}

Status latency_doctor(Call& call) {
    call.reply.verbatim(latency_report(monitor_of(call)));
    return {};
}

Status latency_histogram(Call& call) {
    const Figures& figures = call.door->server.figures();
    auto reply = [&](const Command& command) {
        reply_histogram(call.reply, command, figures.of(command.id));
    };
    call.reply.begin_map();
    if (call.size() == 2)
        std::for_each(all().begin(), all().end(), reply);
    for (Bytes name : call.arguments.subspan(2)) {
        const Command* command = command::find(name);
        if (!command)
            continue;
        reply(*command);
        for (const Command* row : subcommands(*command))
            reply(*row);
    }
    call.reply.end_map();
    return {};
}

Status latency_help(Call& call) {
    static constexpr const char* lines[] = {
        "LATENCY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "DOCTOR",
        "    Return a human readable latency analysis report.",
        "GRAPH <event>",
        "    Return an ASCII latency graph for the <event> class.",
        "HISTORY <event>",
        "    Return time-latency samples for the <event> class.",
        "LATEST",
        "    Return the latest latency samples for all events.",
        "RESET [<event> ...]",
        "    Reset latency data of one or more <event> classes.",
        "    (default: reset all data for all event classes)",
        "HISTOGRAM [COMMAND ...]",
        "    Return a cumulative distribution of latencies in the format of a histogram for the "
        "specified command names.",
        "    If no commands are specified then all histograms are replied.",
        "HELP",
        "    Prints this help.",
    };
    reply_lines(call.reply, lines);
    return {};
}

}  // namespace command::introspection
