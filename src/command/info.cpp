#include "command/info.hpp"

#include <algorithm>
#include <cstdio>

#include "command/server_handlers.hpp"
#include "core/number.hpp"
#include "core/text.hpp"

namespace command {

std::optional<Bytes> Facts::find(Bytes section, Bytes name) const {
    for (const Server::Fact& fact : facts_)
        if (fact.section == section && fact.name == name)
            return fact.value;
    return std::nullopt;
}

int64_t Facts::number(Bytes section, Bytes name) const {
    return core::parse_integer(find(section, name).value_or("")).value_or(0);
}

void Facts::walk(Bytes section, FunctionRef<void(Bytes name, Bytes value)> visit) const {
    for (const Server::Fact& fact : facts_)
        if (fact.section == section)
            visit(fact.name, fact.value);
}

std::string readable_memory(uint64_t bytes) {
    constexpr const char* units = "BKMGTP";
    if (bytes < 1024)
        return std::to_string(bytes) + "B";
    auto size = static_cast<double>(bytes);
    const char* unit = units;
    for (; size >= 1024 && unit[1] != '\0'; unit++)
        size /= 1024;
    char text[32];
    snprintf(text, sizeof(text), "%.2f%c", size, *unit);
    return text;
}

void InfoSection::line(Bytes name, Bytes value) {
    text_.append(name).append(":").append(value).append("\r\n");
    lines_.emplace_back(name);
}

void InfoSection::line(Bytes name, int64_t value) {
    line(name, std::to_string(value));
}

void InfoSection::line(Bytes name, uint64_t value) {
    line(name, std::to_string(value));
}

void InfoSection::line(Bytes name, double value, const char* format) {
    char text[64];
    snprintf(text, sizeof(text), format, value);
    line(name, text);
}

void InfoSection::memory(const char* name, uint64_t bytes) {
    line(name, bytes);
    line(std::string(name) + "_human", readable_memory(bytes));
}

void InfoSection::fact(Bytes name) {
    if (auto value = facts_.find(name_, name))
        line(name, *value);
}

void InfoSection::other_facts() {
    facts_.walk(name_, [&](Bytes name, Bytes value) {
        if (std::find(lines_.begin(), lines_.end(), name) == lines_.end())
            line(name, value);
    });
}

namespace introspection {

namespace {

bool is_wanted(const Call& call, const InfoWriter& writer) {
    if (call.size() == 1)
        return writer.is_default;
    return std::any_of(call.arguments.begin() + 1, call.arguments.end(), [&](Bytes asked) {
        if (core::equals_ignoring_case(asked, "default"))
            return writer.is_default;
        return core::equals_ignoring_case(asked, "all") ||
               core::equals_ignoring_case(asked, "everything") ||
               core::equals_ignoring_case(asked, writer.name);
    });
}

}  // namespace

Status info(Call& call) {
    std::vector<const InfoWriter*> wanted;
    for (const InfoWriter& writer : info_writers())
        if (is_wanted(call, writer))
            wanted.push_back(&writer);
    Facts facts(call.door->server.facts(wanted.size() == 1 ? wanted.front()->name : ""));
    std::string text;
    for (const InfoWriter* writer : wanted) {
        InfoSection section(writer->name, writer->title, facts);
        writer->write(section, *call.door);
        text += (text.empty() ? "" : "\r\n") + section.text();
    }
    call.reply.verbatim(text);
    return {};
}

}  // namespace introspection

}  // namespace command
