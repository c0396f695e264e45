#include "outbox/messages.hpp"

namespace outbox {

namespace {

using core::Bytes;

// Of keys that are just removed, so many go into one command.
constexpr size_t keys_per_command = 64;
constexpr size_t bytes_per_command = 16 * 1024;

void append_number(std::string& text, size_t number) {
    text += std::to_string(number);
    text += "\r\n";
}

void append_word(std::string& text, Bytes prefix, Bytes word) {
    text += '$';
    append_number(text, prefix.size() + word.size());
    text += prefix;
    text += word;
    text += "\r\n";
}

bool is_plain_removal(const Batch& batch, const Entry& entry) {
    const Watch* watch = batch.registry->watch(entry.watch);
    return !entry.is_held && entry.operation != 't' && watch && watch->remove && !watch->publish &&
           watch->lease == 0 && !(entry.row && entry.row->is_there);
}

class Sender {
public:
    Sender(Batch& batch, const std::string& prefix, relay::Connection& connection)
        : batch_(batch), prefix_(prefix), connection_(connection) {}

    void send_next() {
        Entry& entry = batch_.entries[batch_.next_to_send];
        const Watch* watch = batch_.registry->watch(entry.watch);
        if (entry.is_held || !watch)
            batch_.next_to_send++;
        else if (is_plain_removal(batch_, entry))
            remove_several();
        else
            send_one(entry, *watch);
    }

private:
    // One command for as many keys as follow each other.
    void remove_several() {
        size_t first = batch_.next_to_send;
        size_t end = first;
        size_t bytes = 0;
        while (end < batch_.entries.size() && end - first < keys_per_command &&
               bytes < bytes_per_command && is_plain_removal(batch_, batch_.entries[end]))
            bytes += batch_.entries[end++].key.size();
        request_.encoded.assign("*");
        append_number(request_.encoded, end - first + 1);
        append_word(request_.encoded, {}, "UNLINK");
        for (size_t i = first; i < end; i++)
            append_word(request_.encoded, prefix_, batch_.entries[i].key);
        request_.replies = 1;
        batch_.next_to_send = end;
        put(first, end - first);
    }

    void send_one(Entry& entry, const Watch& watch) {
        size_t index = batch_.next_to_send++;
        relay::Lease lease = {batch_.version, watch.lease};
        if (watch.remove && entry.operation == 't')
            forget(watch, lease, index);
        else if (watch.remove)
            change_key(entry, watch, lease, index);
        if (watch.publish)
            publish(entry, watch, index);
    }

    void forget(const Watch& watch, relay::Lease lease, size_t index) {
        std::string glob = relay::escape_glob(prefix_) + watch.pattern;
        if (lease.milliseconds > 0) {
            relay::hold(request_, prefix_ + watch.pattern, lease);
            put(index, 1);
        }
        connection_.forget({batch_.ticket_for(index, 1), std::move(glob), lease.milliseconds > 0});
    }

    void change_key(Entry& entry, const Watch& watch, relay::Lease lease, size_t index) {
        std::string key = prefix_ + entry.key;
        if (!entry.row || !entry.row->is_there) {
            relay::invalidate(request_, key, lease);
        } else if (watch.is_of_keys) {
            relay::restore(request_, key, entry.row->dump, entry.row->expires_at, lease);
        } else if (watch.format == Format::json) {
            relay::refresh_json(request_, key, entry.row->json, watch.ttl, lease);
        } else {
            fields_.clear();
            for (const auto& [name, value] : entry.row->fields)
                fields_.push_back({name, value});
            relay::refresh_hash(request_, key, fields_, watch.ttl, lease);
        }
        put(index, 1);
    }

    void publish(const Entry& entry, const Watch& watch, size_t index) {
        std::string message = "{";
        append_subject(message, watch);
        message += ",\"operation\":\"";
        message += name_of_operation(entry.operation);
        message += entry.operation == 't' ? "\",\"pattern\":" : "\",\"key\":";
        append_json(message, entry.operation == 't' ? watch.pattern : entry.key);
        message += ",\"version\":\"" + batch_.version + "\"}";
        relay::publish(request_, prefix_ + channel_of(entry, watch), message);
        put(index, 1);
    }

    // Columns that the key has not, stand in a channel as they are written.
    static std::string channel_of(const Entry& entry, const Watch& watch) {
        std::string channel;
        if (!watch.channel)
            return channel;
        const std::vector<std::string>& known = watch.key.columns();
        for (const auto& piece : watch.channel->pieces()) {
            channel += piece.literal;
            if (piece.column < 0)
                continue;
            const std::string& name = watch.channel->columns()[static_cast<size_t>(piece.column)];
            auto place =
                static_cast<size_t>(std::find(known.begin(), known.end(), name) - known.begin());
            channel += place < entry.identity.size() ? entry.identity[place] : "*";
        }
        return channel;
    }

    void put(size_t first, size_t count) {
        request_.ticket = batch_.ticket_for(first, count);
        connection_.send(request_);
    }

    Batch& batch_;
    const std::string& prefix_;
    relay::Connection& connection_;
    relay::Request request_;
    std::vector<relay::Field> fields_;
};

}  // namespace

void send(Batch& batch, const std::string& prefix, relay::Connection& connection) {
    Sender sender(batch, prefix, connection);
    while (batch.next_to_send < batch.entries.size() && connection.has_room())
        sender.send_next();
}

const char* name_of_operation(char operation) {
    switch (operation) {
        case 'i':
            return "insert";
        case 'd':
            return "delete";
        case 't':
            return "truncate";
        default:
            return "update";
    }
}

void append_subject(std::string& json, const Watch& watch) {
    if (watch.is_of_keys) {
        json += "\"db\":" + std::to_string(watch.database);
        return;
    }
    json += "\"table\":";
    append_json(json, watch.table_name);
}

void append_json(std::string& json, core::Bytes text) {
    constexpr const char* digits = "0123456789abcdef";
    if (!pg_verifymbstr(text.data(), static_cast<int>(text.size()), true)) {
        json += "{\"hex\":\"";
        for (char letter : text) {
            json += digits[static_cast<unsigned char>(letter) >> 4];
            json += digits[letter & 15];
        }
        json += "\"}";
        return;
    }
    json += '"';
    for (char letter : text) {
        if (letter == '"' || letter == '\\') {
            json += '\\';
            json += letter;
        } else if (static_cast<unsigned char>(letter) < ' ') {
            json += "\\u00";
            json += digits[letter >> 4];
            json += digits[letter & 15];
        } else {
            json += letter;
        }
    }
    json += '"';
}

}  // namespace outbox
