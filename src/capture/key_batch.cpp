#include "capture/key_batch.hpp"

#include "cache/invalidate.hpp"

extern "C" {
#include "common/hashfn.h"
}

namespace capture {

namespace {

// What a statement keeps in memory before it writes, and so the distance at which it may send a key
// again.
constexpr size_t most_keys = 100000;
constexpr size_t most_memory = 4 * 1024 * 1024;

// As many are compared one by one.
constexpr size_t few_keys = 8;

void append_text(std::string& memory, Bytes text) {
    auto size = static_cast<uint32_t>(text.size());
    memory.append(reinterpret_cast<const char*>(&size), sizeof(size)).append(text);
}

}  // namespace

void KeyBatch::add(TupleTableSlot* slot) {
    for (size_t i = 0; i < texts_.size(); i++) {
        watch::Column& column = watch_->columns[i];
        int index = column.number - 1;
        if (slot->tts_isnull[index])
            return;
        texts_[i] = OutputFunctionCall(&column.output, slot->tts_values[index]);
    }
    size_t offset = memory_.size();
    append_key();
    Bytes key = Bytes(memory_).substr(offset);
    Entry entry = {offset, key.size(),
                   hash_bytes(reinterpret_cast<const unsigned char*>(key.data()),
                              static_cast<int>(key.size()))};
    if (is_known(entry)) {
        memory_.resize(offset);
        return;
    }
    if (watch_->wants_identities)
        for (Bytes text : texts_)
            append_text(memory_, text);
    entries_.push_back(entry);
    remember(entries_.size() - 1);
    if (entries_.size() >= most_keys || memory_.size() >= most_memory)
        flush();
}

void KeyBatch::append_key() {
    // Without literals between them, only their sizes tell the texts apart.
    if (watch_->modes & watch::Mode::read) {
        for (Bytes text : texts_)
            append_text(memory_, text);
        return;
    }
    for (const watch::KeyTemplate::Piece& piece : watch_->key.pieces())
        memory_ +=
            piece.column < 0 ? Bytes(piece.literal) : texts_[static_cast<size_t>(piece.column)];
}

bool KeyBatch::is_known(const Entry& entry) {
    auto equals = [&](const Entry& other) {
        return other.hash == entry.hash && key_of(other) == key_of(entry);
    };
    if (slots_.empty())
        return std::any_of(entries_.begin(), entries_.end(), equals);
    size_t mask = slots_.size() - 1;
    for (size_t i = entry.hash & mask; slots_[i].entry != 0; i = (i + 1) & mask)
        if (slots_[i].hash == entry.hash && equals(entries_[slots_[i].entry - 1]))
            return true;
    return false;
}

void KeyBatch::remember(size_t index) {
    if (entries_.size() <= few_keys)
        return;
    if (slots_.size() < 2 * entries_.size()) {
        slots_.assign(std::max<size_t>(64, 2 * slots_.size()), {});
        for (size_t i = 0; i <= index; i++)
            put_in_slot(i);
        return;
    }
    put_in_slot(index);
}

void KeyBatch::put_in_slot(size_t index) {
    size_t mask = slots_.size() - 1;
    uint32 hash = entries_[index].hash;
    size_t slot = hash & mask;
    while (slots_[slot].entry != 0)
        slot = (slot + 1) & mask;
    slots_[slot] = {hash, static_cast<uint32>(index + 1)};
}

void KeyBatch::add_all() {
    if (watch_->modes & watch::Mode::read)
        cache::invalidate_all(watch_->table);
    else
        outbox::append_all(watch_->id);
}

void KeyBatch::flush() {
    if (entries_.empty())
        return;
    if (watch_->modes & watch::Mode::read)
        invalidate_rows();
    else
        append_to_outbox();
    memory_.clear();
    entries_.clear();
    slots_.clear();
}

void KeyBatch::append_to_outbox() {
    keys_.clear();
    identities_.clear();
    for (const Entry& entry : entries_) {
        keys_.push_back(key_of(entry));
        if (watch_->wants_identities)
            add_identity(entry.offset + entry.key_size);
    }
    outbox::append(watch_->id, operation_, keys_, identities_);
}

void KeyBatch::add_identity(size_t offset) {
    for (size_t i = 0; i < texts_.size(); i++) {
        uint32_t size;
        memcpy(&size, memory_.data() + offset, sizeof(size));
        identities_.push_back(Bytes(memory_).substr(offset + sizeof(size), size));
        offset += sizeof(size) + size;
    }
}

void KeyBatch::invalidate_rows() {
    watched_columns_.clear();
    for (const watch::Column& column : watch_->columns)
        watched_columns_.push_back(column.watched_number);
    for (const Entry& entry : entries_) {
        CHECK_FOR_INTERRUPTS();
        identities_.clear();
        add_identity(entry.offset);
        cache::invalidate(watch_->table, watched_columns_, identities_);
    }
}

}  // namespace capture
