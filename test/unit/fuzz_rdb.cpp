// Whatever a payload holds, it is read or found damaged.
#include <cstdint>
#include <string>

#include "core/crc64.hpp"
#include "core/rdb.hpp"

namespace {

class Sum final : public core::RdbVisitor {
public:
    void on_string(core::Bytes value) override { add(value); }
    void on_item(core::Bytes item) override { add(item); }
    void on_member(core::Bytes member) override { add(member); }
    void on_scored(core::Bytes member, double) override { add(member); }
    void on_field(core::Bytes field, core::Bytes value) override {
        add(field);
        add(value);
    }

private:
    void add(core::Bytes bytes) {
        for (char byte : bytes)
            sum_ = sum_ + static_cast<unsigned char>(byte);
    }

    volatile unsigned sum_ = 0;  // so that every byte is read
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string payload(reinterpret_cast<const char*>(data), size);
    payload.append("\x0b\0", 2);
    uint64_t checksum = core::crc64(payload);
    payload.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
    Sum sum;
    static_cast<void>(core::read_dump(payload, sum));
    return 0;
}
