// INFO: the text of its sections.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "command/command.hpp"

namespace command {

// What PostgreSQL told, looked up by section and name.
class Facts {
public:
    explicit Facts(std::vector<Server::Fact> facts) : facts_(std::move(facts)) {}

    std::optional<Bytes> find(Bytes section, Bytes name) const;
    // The number, 0 if there is none.
    int64_t number(Bytes section, Bytes name) const;
    void walk(Bytes section, FunctionRef<void(Bytes name, Bytes value)> visit) const;

private:
    std::vector<Server::Fact> facts_;
};

// A section in the making.
class InfoSection {
public:
    InfoSection(const char* name, const char* title, const Facts& facts)
        : name_(name), text_(std::string("# ") + title + "\r\n"), facts_(facts) {}

    void line(Bytes name, Bytes value);
    void line(Bytes name, int64_t value);
    void line(Bytes name, uint64_t value);
    void line(Bytes name, double value, const char* format);
    // A number of bytes, also as people read it.
    void memory(const char* name, uint64_t bytes);
    // What PostgreSQL told, if it did.
    void fact(Bytes name);
    // What PostgreSQL told of this section and no line has yet.
    void other_facts();

    const Facts& facts() const { return facts_; }
    const std::string& text() const { return text_; }

private:
    Bytes name_;
    std::string text_;
    std::vector<std::string> lines_;  // the names
    const Facts& facts_;
};

// "1.50M"
std::string readable_memory(uint64_t bytes);

// Writes a section of INFO.
struct InfoWriter {
    const char* name;
    const char* title;
    bool is_default;  // false: only if asked for, or for all
    void (*write)(InfoSection& section, Door& door);
};
// In the order in which they are shown.
std::span<const InfoWriter> info_writers();

}  // namespace command
