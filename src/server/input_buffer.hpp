// Memory for what is received: in one piece, none for who is idle, and where it was until the next
// turn.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/bytes.hpp"

namespace server {

using core::Bytes;

// Blocks of one size, which the buffers of a network take when there is something to receive.
class BlockPool {
public:
    static constexpr size_t block_size = 16 * 1024;

    BlockPool() = default;
    BlockPool(const BlockPool&) = delete;
    BlockPool& operator=(const BlockPool&) = delete;
    ~BlockPool();

    char* take();  // block_size bytes; throws std::bad_alloc
    // Memory that may still be read, until recycle().
    void retire(char* memory, size_t capacity);
    void recycle();

private:
    static constexpr size_t kept_blocks = 256;

    struct Retired {
        char* memory;
        size_t capacity;
    };
    std::vector<Retired> retired_;
    std::vector<char*> blocks_;
};

class InputBuffer {
public:
    explicit InputBuffer(BlockPool& pool) : pool_(pool) {}
    InputBuffer(const InputBuffer&) = delete;
    InputBuffer& operator=(const InputBuffer&) = delete;
    ~InputBuffer();

    Bytes bytes() const { return {memory_ + begin_, end_ - begin_}; }
    // The bytes stay readable where they are until the pool recycles.
    void consume(size_t size);

    // Where to receive to, at least one byte; received() then tells how much was. May move what is
    // there. Throws std::bad_alloc.
    std::span<char> room();
    void received(size_t size) { end_ += size; }

private:
    void make_room();
    void shrink();

    BlockPool& pool_;
    char* memory_ = nullptr;
    size_t capacity_ = 0;
    size_t begin_ = 0;
    size_t end_ = 0;
};

}  // namespace server
