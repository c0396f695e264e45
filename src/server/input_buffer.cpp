#include "server/input_buffer.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace server {

BlockPool::~BlockPool() {
    recycle();
    for (char* block : blocks_)
        std::free(block);
}

char* BlockPool::take() {
    if (!blocks_.empty()) {
        char* block = blocks_.back();
        blocks_.pop_back();
        return block;
    }
    auto* block = static_cast<char*>(std::malloc(block_size));
    if (block == nullptr)
        throw std::bad_alloc();
    return block;
}

void BlockPool::retire(char* memory, size_t capacity) {
    retired_.push_back({memory, capacity});
}

void BlockPool::recycle() {
    for (Retired retired : retired_) {
        if (retired.capacity == block_size && blocks_.size() < kept_blocks)
            blocks_.push_back(retired.memory);
        else
            std::free(retired.memory);
    }
    retired_.clear();
}

InputBuffer::~InputBuffer() {
    std::free(memory_);
}

void InputBuffer::consume(size_t size) {
    begin_ += size;
    constexpr size_t part = 4;
    bool mostly_empty = capacity_ > BlockPool::block_size && (end_ - begin_) * part < capacity_;
    if (memory_ != nullptr && (begin_ == end_ || mostly_empty))
        shrink();
}

// What is left moves to memory of its size, the old is retired.
void InputBuffer::shrink() {
    size_t left = end_ - begin_;
    char* memory = nullptr;
    size_t capacity = 0;
    if (left > 0) {
        capacity = std::max(left * 2, BlockPool::block_size);
        memory = capacity == BlockPool::block_size ? pool_.take()
                                                   : static_cast<char*>(std::malloc(capacity));
        if (memory == nullptr)
            return;
        std::memcpy(memory, memory_ + begin_, left);
    }
    pool_.retire(std::exchange(memory_, memory), std::exchange(capacity_, capacity));
    begin_ = 0;
    end_ = left;
}

std::span<char> InputBuffer::room() {
    constexpr size_t least_room = 4 * 1024;
    if (capacity_ - end_ < least_room)
        make_room();
    return {memory_ + end_, capacity_ - end_};
}

// Either way what is copied is no more than what came since the last time.
void InputBuffer::make_room() {
    if (memory_ == nullptr) {
        memory_ = pool_.take();
        capacity_ = BlockPool::block_size;
    } else if (begin_ >= capacity_ / 2) {
        end_ -= begin_;
        std::memcpy(memory_, memory_ + begin_, end_);
        begin_ = 0;
    } else {
        // Large memory is not copied, but mapped elsewhere.
        auto* memory = static_cast<char*>(std::realloc(memory_, capacity_ * 2));
        if (memory == nullptr)
            throw std::bad_alloc();
        memory_ = memory;
        capacity_ *= 2;
    }
}

}  // namespace server
