#include "server/login.hpp"

#include <chrono>

#include "pg/guard.hpp"
#include "pg/settings_server.hpp"

extern "C" {
#include "common/hmac.h"
#include "libpq/crypt.h"
}

namespace server {

namespace {

constexpr Slowdown::Pace pace_of_role = {0, 100, 2000};
// Behind one address there may be many applications. One with a wrong password shall not keep the
// others out for long.
constexpr Slowdown::Pace pace_of_network = {10, 100, 1000};

constexpr size_t most_remembered = 1024;

// A wrong password is followed by a rest of so many times what it took.
constexpr int64_t rest_after_failure = 9;

int64_t milliseconds() {
    using namespace std::chrono;
    return duration_cast<std::chrono::milliseconds>(steady_clock::now().time_since_epoch()).count();
}

// A password as PostgreSQL takes it, wiped when it goes.
class Password {
public:
    explicit Password(Bytes bytes)
        : is_usable_(!bytes.empty() && bytes.size() <= longest && bytes.find('\0') == Bytes::npos) {
        if (is_usable_)
            bytes.copy(text_, bytes.size());
    }
    Password(const Password&) = delete;
    ~Password() { explicit_bzero(text_, sizeof(text_)); }

    bool is_usable() const { return is_usable_; }
    const char* text() const { return text_; }

private:
    static constexpr size_t longest = 1024;

    bool is_usable_;
    char text_[longest + 1] = {};
};

// Runs a function that leaves copies of a password in what it allocates, and wipes them: after a
// reset the context hands out the same memory again, from the beginning of its block.
template <class Function>
auto wiping_memory(Function&& function) {
    constexpr Size block = 64 * 1024;
    constexpr Size chunk = 1024;
    MemoryContext before = CurrentMemoryContext;
    MemoryContext context = AllocSetContextCreate(before, "pg_kv password", block, block, block);
    MemoryContextSwitchTo(context);
    auto result = function();
    MemoryContextReset(context);
    for (Size wiped = 0; wiped + 2 * chunk < block; wiped += chunk)
        explicit_bzero(palloc(chunk), chunk);
    MemoryContextSwitchTo(before);
    MemoryContextDelete(context);
    return result;
}

// PostgreSQL's words for what is wrong are left behind in the wiped memory: ours say enough.
bool is_password_of(const char* role, const char* secret, const char* password) {
    return wiping_memory([&] {
        const char* detail = nullptr;
        return plain_crypt_verify(role, secret, password, &detail) == STATUS_OK;
    });
}

void fill_with_random(uint8_t* target, size_t size) {
    if (!pg_strong_random(target, size))
        ereport(ERROR,
                (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate a random key")));
}

// A stored secret such as CREATE ROLE makes, of a password that nobody knows.
char* make_mock_secret() {
    uint8_t random[32];
    char password[2 * sizeof(random) + 1];
    fill_with_random(random, sizeof(random));
    password[hex_encode(reinterpret_cast<char*>(random), sizeof(random), password)] = '\0';
    return encrypt_password(PASSWORD_TYPE_SCRAM_SHA_256, "", password);
}

using Digest = std::array<uint8_t, 32>;

// HMAC-SHA256 of texts, each with its final zero.
void sign(const Digest& key, std::initializer_list<const char*> texts, Digest& result) {
    pg_hmac_ctx* context = pg_hmac_create(PG_SHA256);
    bool failed = context == nullptr || pg_hmac_init(context, key.data(), key.size()) < 0;
    for (const char* text : texts)
        failed = failed || pg_hmac_update(context, reinterpret_cast<const uint8_t*>(text),
                                          strlen(text) + 1) < 0;
    if (failed || pg_hmac_final(context, result.data(), result.size()) < 0)
        elog(ERROR, "could not sign a password: %s", pg_hmac_error(context));
    pg_hmac_free(context);
}

// In a time that tells nothing.
bool are_equal(const Digest& left, const Digest& right) {
    uint8_t difference = 0;
    for (size_t i = 0; i < left.size(); i++)
        difference |= left[i] ^ right[i];
    return difference == 0;
}

// What a client calls itself need be neither text nor one line.
std::string displayable(Bytes name) {
    std::string text(name.substr(0, NAMEDATALEN - 1));
    bool is_valid = pg_verifymbstr(text.data(), static_cast<int>(text.size()), true);
    for (char& letter : text) {
        auto byte = static_cast<unsigned char>(letter);
        if (byte < ' ' || byte == 0x7f || (byte > 0x7f && !is_valid))
            letter = '?';
    }
    return text;
}

// The name of the role that a user stands for; one that no role has if it cannot be a name.
std::string role_name(Bytes user) {
    const char* default_role = pg::settings::server().default_role;
    if (user.empty() || user == "default")
        return *default_role ? default_role : "default";
    if (user.size() >= NAMEDATALEN || user.find('\0') != Bytes::npos)
        return {};
    return std::string(user);
}

void report_failure(int sqlstate, Bytes user, const std::string& address, const char* reason) {
    std::string name = displayable(user);
    pg::call([&] {
        ereport(LOG, (errcode(sqlstate), errhidestmt(true),
                      errmsg("authentication over the Redis protocol failed for user \"%s\", "
                             "client %s",
                             name.c_str(), address.empty() ? "[local]" : address.c_str()),
                      errdetail_log("%s", reason)));
    });
}

}  // namespace

// Texts are in the current memory context, and the password the caller's.
struct Attempt {
    Applicant role;
    const char* secret;     // as it is stored; null: nothing could be right
    const char* objection;  // null: the password decides
    const char* password;
};

namespace {

Attempt look_up(const std::string& name, const Password& password) {
    return pg::call([&] {
        Applicant role = find_applicant(name.c_str());
        const char* objection = role.objection;
        const char* secret = nullptr;
        if (!objection)
            secret = get_role_password(role.name, &objection);
        if (!password.is_usable()) {
            secret = nullptr;
            objection = "The password is empty, too long, or contains a zero byte.";
        }
        return Attempt{role, secret, objection, password.text()};
    });
}

}  // namespace

Login::Login() : of_role_(pace_of_role), of_network_(pace_of_network) {
    pg::call([] { watch_roles(); });
}

// Not before there is a transaction: PostgreSQL's HMAC needs a resource owner.
void Login::make_secrets() {
    mock_secret_ = pg::call([&] {
        fill_with_random(key_.data(), key_.size());
        return make_mock_secret();
    });
}

Login::Result Login::attempt(Bytes user, Bytes password, const std::string& address, Seat& seat) {
    if (mock_secret_.empty())
        make_secrets();
    std::string name = role_name(user);
    Bytes shown = name.empty() ? user : Bytes(name);
    std::string network = network_of(address);
    std::string role_and_network = name + '\n' + network;
    int64_t now = milliseconds();

    Password text(password);
    Attempt attempt = look_up(name, text);
    // Who is known to be right is not held up by others who guess.
    if (!is_remembered(attempt)) {
        int64_t wait = std::max({of_role_.wait(role_and_network, now),
                                 of_network_.wait(network, now), next_verification_ - now});
        if (!may_verify_ || wait > 0)
            return {Outcome::later, std::max<int64_t>(wait, 0)};
        if (!verify(attempt)) {
            now = milliseconds();
            of_role_.failed(role_and_network, now);
            of_network_.failed(network, now);
            report_failure(ERRCODE_INVALID_PASSWORD, shown, address,
                           attempt.objection ? attempt.objection : "The password does not match.");
            return {Outcome::wrong};
        }
        of_role_.succeeded(role_and_network);
        remember(attempt);
    }
    if (const char* objection = take_seat(attempt.role, seat)) {
        report_failure(ERRCODE_TOO_MANY_CONNECTIONS, shown, address, objection);
        return {Outcome::wrong};
    }
    return {Outcome::welcome};
}

// Takes as long for whom there is nothing to check, and for an MD5 hash, as for a SCRAM secret.
bool Login::verify(const Attempt& attempt) {
    may_verify_ = false;
    int64_t began = milliseconds();
    bool is_right = pg::call([&] {
        bool is_mock = attempt.secret == nullptr;
        bool is_right =
            !is_mock && is_password_of(attempt.role.name, attempt.secret, attempt.password);
        if (is_mock || get_password_type(attempt.secret) != PASSWORD_TYPE_SCRAM_SHA_256)
            is_password_of("", mock_secret_.c_str(), attempt.password);
        return is_right;
    });
    int64_t ended = milliseconds();
    if (!is_right)
        next_verification_ = ended + rest_after_failure * (ended - began + 1);
    return is_right;
}

bool Login::is_remembered(const Attempt& attempt) const {
    auto found = attempt.secret ? remembered_.find(attempt.role.oid) : remembered_.end();
    return found != remembered_.end() && are_equal(found->second, digest(attempt));
}

void Login::remember(const Attempt& attempt) {
    Digest signature = digest(attempt);
    if (remembered_.size() >= most_remembered && !remembered_.contains(attempt.role.oid))
        remembered_.erase(remembered_.begin());
    remembered_[attempt.role.oid] = signature;
}

Login::Digest Login::digest(const Attempt& attempt) const {
    return pg::call([&] {
        Digest result;
        sign(key_, {attempt.role.name, attempt.secret, attempt.password}, result);
        return result;
    });
}

const char* Login::take_seat(const Applicant& role, Seat& seat) {
    int database_limit = pg::call([] { return database_connection_limit(); });
    int own = seat ? 1 : 0;
    int own_of_role = seat && seat.role().oid == role.oid ? 1 : 0;
    if (role.connection_limit >= 0 && seats_.taken(role.oid) - own_of_role >= role.connection_limit)
        return "The role has as many connections as its CONNECTION LIMIT allows.";
    if (database_limit >= 0 && seats_.taken() - own >= database_limit)
        return "The database has as many connections as its CONNECTION LIMIT allows.";
    seat = Seat({role.oid, role.name}, seats_);
    return nullptr;
}

bool Login::admit_default(Seat& seat) {
    const char* name = pg::settings::server().default_role;
    if (*name == '\0')
        return false;
    Applicant role = pg::call([&] { return find_applicant(name); });
    const char* objection = role.objection ? role.objection : take_seat(role, seat);
    if (!objection) {
        default_refused_.clear();
        return true;
    }
    std::string refused = std::string(name) + ": " + objection;
    if (refused != default_refused_)
        pg::call([&] {
            ereport(LOG, (errhidestmt(true),
                          errmsg("clients of the Redis protocol must log in: role \"%s\", which "
                                 "kv.default_role names, may not come in",
                                 name),
                          errdetail_log("%s", objection)));
        });
    default_refused_ = std::move(refused);
    return false;
}

bool Login::is_still_welcome(const Role& role) {
    return pg::call([&] {
        Applicant found = find_applicant(role.oid);
        return !found.objection && role.name == found.name;
    });
}

}  // namespace server
