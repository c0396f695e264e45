#include "relay/requests.hpp"

#include "relay/encode.hpp"
#include "relay/fill_script.hpp"

namespace relay {

namespace {

// The commands of one request, which become a transaction where there are several of them.
class Composer {
public:
    Composer(Request& request, bool are_several) : request_(request), are_several_(are_several) {
        request.encoded.clear();
        request.replies = 0;
        if (are_several_)
            add_command(output(), {"MULTI"});
    }

    // One more command; its words follow.
    std::string& begin(size_t words) {
        ++request_.replies;
        begin_command(output(), words);
        return output();
    }

    void command(std::initializer_list<Bytes> words) {
        ++request_.replies;
        add_command(output(), words);
    }

    void set_version(Bytes key, const Lease& lease) {
        std::string& words = begin(5);
        add_word(words, "SET");
        add_word(words, key, version_suffix);
        add_word(words, lease.version);
        add_word(words, "PX");
        add_number(words, lease.milliseconds);
    }

    void finish() {
        if (!are_several_)
            return;
        add_command(output(), {"EXEC"});
        request_.replies += 2;
    }

private:
    std::string& output() { return request_.encoded; }

    Request& request_;
    bool are_several_;
};

void add_set(Composer& composer, Bytes key, Bytes value, int64_t ttl) {
    std::string& words = composer.begin(ttl > 0 ? 5 : 3);
    add_word(words, "SET");
    add_word(words, key);
    add_word(words, value);
    if (ttl > 0) {
        add_word(words, "PX");
        add_number(words, ttl);
    }
}

void add_hset(Composer& composer, Bytes key, std::span<const Field> fields) {
    std::string& words = composer.begin(2 + 2 * fields.size());
    add_word(words, "HSET");
    add_word(words, key);
    for (const Field& field : fields) {
        add_word(words, field.name);
        add_word(words, field.value);
    }
}

void add_expiry(Composer& composer, Bytes key, int64_t ttl) {
    std::string& words = composer.begin(3);
    add_word(words, "PEXPIRE");
    add_word(words, key);
    add_number(words, ttl);
}

}  // namespace

void invalidate(Request& request, Bytes key, Lease lease) {
    bool has_lease = lease.milliseconds > 0;
    Composer composer(request, has_lease);
    composer.command({"UNLINK", key});
    if (has_lease)
        composer.set_version(key, lease);
    composer.finish();
}

void refresh_json(Request& request, Bytes key, Bytes json, int64_t ttl, Lease lease) {
    bool has_lease = lease.milliseconds > 0;
    Composer composer(request, has_lease);
    add_set(composer, key, json, ttl);
    if (has_lease)
        composer.set_version(key, lease);
    composer.finish();
}

void refresh_hash(Request& request, Bytes key, std::span<const Field> fields, int64_t ttl,
                  Lease lease) {
    if (fields.empty())
        return invalidate(request, key, lease);

    Composer composer(request, true);
    composer.command({"UNLINK", key});
    add_hset(composer, key, fields);
    if (ttl > 0)
        add_expiry(composer, key, ttl);
    if (lease.milliseconds > 0)
        composer.set_version(key, lease);
    composer.finish();
}

void restore(Request& request, Bytes key, Bytes dump, int64_t expires_at, Lease lease) {
    bool has_lease = lease.milliseconds > 0;
    Composer composer(request, has_lease);
    std::string& words = composer.begin(6);
    add_word(words, "RESTORE");
    add_word(words, key);
    add_number(words, expires_at);
    add_word(words, dump);
    add_word(words, "REPLACE");
    add_word(words, "ABSTTL");
    if (has_lease)
        composer.set_version(key, lease);
    composer.finish();
}

void hold(Request& request, Bytes key, Lease lease) {
    Composer composer(request, false);
    composer.set_version(key, lease);
    composer.finish();
}

void publish(Request& request, Bytes channel, Bytes message) {
    Composer composer(request, false);
    composer.command({"PUBLISH", channel, message});
    composer.finish();
}

}  // namespace relay
