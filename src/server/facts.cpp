// The server and its settings, as the commands about them see them.
#include "server/server.hpp"

#include "pg/guard.hpp"
#include "pg/spi.hpp"
#include "store/catalog.hpp"

extern "C" {
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "postmaster/bgwriter.h"
#include "utils/guc.h"
}

namespace server {

std::optional<std::string> Server::setting(const char* name) {
    const char* value = pg::call([name] { return GetConfigOption(name, true, false); });
    return value ? std::optional<std::string>(value) : std::nullopt;
}

core::Status Server::set_setting(const char* name, Bytes value) {
    std::string text(value);
    std::optional<std::string> before = setting(name);
    // The source makes it outlive the transaction, however that ends.
    bool is_set = pg::call([&] {
        return set_config_option(name, text.c_str(), PGC_SUSET, PGC_S_OVERRIDE, GUC_ACTION_SET,
                                 true, DEBUG1, false) > 0;
    });
    if (!is_set)
        return {core::ErrorCode::setting_refused, std::string("invalid value for ") + name};
    if (std::optional<std::string> refusal = listen()) {
        pg::call([&] { SetConfigOption(name, before->c_str(), PGC_SUSET, PGC_S_OVERRIDE); });
        return {core::ErrorCode::setting_refused, *refusal};
    }
    changed_settings_.insert(name);
    return {};
}

core::Status Server::write_settings() {
    dispatch_.become_server();
    pg::call([this] {
        for (const std::string& name : changed_settings_) {
            if (!name.starts_with("kv."))
                continue;  // what concerns all of PostgreSQL is not this door's to write
            auto* set = makeNode(VariableSetStmt);
            set->kind = VAR_SET_VALUE;
            set->name = pstrdup(name.c_str());
            auto* value = makeNode(A_Const);
            value->val.sval.type = T_String;
            value->val.sval.sval = pstrdup(GetConfigOption(name.c_str(), false, false));
            set->args = list_make1(value);
            auto* statement = makeNode(AlterSystemStmt);
            statement->setstmt = set;
            AlterSystemSetConfigFile(statement);
        }
    });
    return {};
}

void Server::reset_statistics() {
    records_.figures().reset();
}

std::vector<command::Server::Fact> Server::facts(Bytes section) {
    constexpr const char* all = "SELECT section, name, value FROM kv.info()";
    constexpr const char* some = "SELECT section, name, value FROM kv.info($1)";
    std::vector<Fact> facts;
    auto add = [&facts](std::span<const char* const> row) {
        facts.push_back({row[0], row[1], row[2] ? row[2] : ""});
    };
    std::string wanted(section);
    pg::call([&] {
        Oid owner = store::catalog().extension_owner;
        if (wanted.empty())
            pg::spi::walk(owner, all, {}, add);
        else
            pg::spi::walk(owner, some, {pg::spi::text(wanted.c_str())}, add);
    });
    return facts;
}

void Server::request_checkpoint() {
    pg::call([] { RequestCheckpoint(CHECKPOINT_FORCE); });
}

void Server::flush() {
    pg::call([] {
        // At the beginning of a page the pointer lies behind the page's header, where nothing is
        // yet.
        XLogRecPtr end = GetXLogInsertRecPtr();
        if (end % XLOG_BLCKSZ <= SizeOfXLogLongPHD)
            end -= end % XLOG_BLCKSZ;
        XLogFlush(end);
    });
}

}  // namespace server
