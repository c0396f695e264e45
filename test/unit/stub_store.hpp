// A store of which a test implements what it needs.
#pragma once

#include "store/store.hpp"

namespace unit {

using core::Bytes;
using core::FunctionRef;
using core::Status;
using store::Entry;
using store::Place;

class StubStore : public store::Store {
public:
    int64_t now() override { return 1; }
    bool read(const Place&, Entry&) override { return false; }
    Status modify(const Place&, FunctionRef<Status(Entry&)>) override { return {}; }
    Status modify(std::span<const Place>, FunctionRef<Status(std::span<Entry>)>) override {
        return {};
    }
    void keys(int, Bytes, FunctionRef<void(Bytes)>) override {}
    uint64_t scan(int, uint64_t, Bytes, int64_t, FunctionRef<void(Bytes, store::Type)>) override {
        return 0;
    }
    std::optional<std::string> random_key(int) override { return std::nullopt; }
    int64_t size(int) override { return 0; }
    void flush(int) override {}
    void flush_all() override {}
    void swap(int, int) override {}
    uint64_t random() override { throw std::logic_error("unexpected call"); }
    void check_interrupts() override {}
};

}  // namespace unit
