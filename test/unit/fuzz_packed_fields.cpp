// Whatever the bytes, reading them ends, within them; and what is packed is found again.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>

#include "core/packed_fields.hpp"

using core::Bytes;
using core::PackedFields;

static void read_all(PackedFields::Shape shape, Bytes bytes) {
    PackedFields fields(shape);
    try {
        fields.view(bytes);
        size_t entries = 0;
        PackedFields::Entry entry;
        for (auto at = fields.begin(); at.next(entry); entries++)
            if (!fields.find(entry.name))
                std::abort();
        if (entries != fields.count())
            std::abort();
    } catch (const std::runtime_error&) {}
}

// Takes the bytes as orders to set and erase fields of one letter.
static void change(Bytes orders) {
    PackedFields fields(PackedFields::Shape::pairs);
    std::map<std::string, std::string> model;
    while (orders.size() >= 2) {
        std::string name(1, orders[0]);
        std::string value(static_cast<unsigned char>(orders[1]) / 2, orders[0]);
        bool erases = orders[1] % 2 != 0;
        auto entry = fields.find(name);
        if (entry.has_value() != model.contains(name))
            std::abort();
        if (entry && erases)
            fields.erase(*entry);
        else if (entry)
            fields.replace_value(*entry, value);
        else if (!erases)
            fields.append({name, value});
        if (erases)
            model.erase(name);
        else
            model[name] = value;
        orders.remove_prefix(2);
    }
    if (fields.count() != model.size())
        std::abort();
    for (const auto& [name, value] : model)
        if (fields.find(name)->value != value)
            std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string bytes(reinterpret_cast<const char*>(data), size);
    read_all(PackedFields::Shape::names, bytes);
    read_all(PackedFields::Shape::pairs, bytes);
    change(bytes);
    return 0;
}
