#include "cache/result.hpp"

namespace cache {

namespace {

// A result longer than this is not worth its place.
constexpr int longest_result = 1024 * 1024;

struct ResultHeader {
    uint64 xmin;
    uint64 xmax;
    uint32 open_count;
    uint32 row_count;
};

}  // namespace

bool unpack_result(Bytes body, Result& result) {
    ResultHeader header;
    if (body.size() < sizeof(header))
        return false;
    memcpy(&header, body.data(), sizeof(header));
    size_t open_size = header.open_count * sizeof(uint64);
    body.remove_prefix(sizeof(header));
    if (body.size() < open_size)
        return false;
    auto* open = static_cast<uint64*>(palloc(open_size + 1));
    memcpy(open, body.data(), open_size);
    body.remove_prefix(open_size);
    result = {{header.xmin, header.xmax, {open, header.open_count}},
              static_cast<int>(header.row_count),
              body};
    return true;
}

Datum next_row(Bytes& rows) {
    uint32 size = 0;
    memcpy(&size, rows.data(), sizeof(size));
    char* row = static_cast<char*>(palloc(size));
    memcpy(row, rows.data() + sizeof(size), size);
    rows.remove_prefix(sizeof(size) + size);
    return PointerGetDatum(row);
}

Bytes pack_result(const store::table_changes::Horizon& horizon, std::span<const Datum> rows) {
    StringInfoData body;
    initStringInfo(&body);
    ResultHeader header = {horizon.xmin, horizon.xmax, static_cast<uint32>(horizon.open.size()),
                           static_cast<uint32>(rows.size())};
    appendBinaryStringInfo(&body, reinterpret_cast<const char*>(&header), sizeof(header));
    appendBinaryStringInfo(&body, reinterpret_cast<const char*>(horizon.open.data()),
                           static_cast<int>(horizon.open.size_bytes()));
    for (Datum row : rows) {
        const char* bytes = DatumGetPointer(row);
        uint32 size = VARSIZE(bytes);
        if (size > longest_result || body.len > longest_result)
            return {};
        appendBinaryStringInfo(&body, reinterpret_cast<const char*>(&size), sizeof(size));
        appendBinaryStringInfo(&body, bytes, static_cast<int>(size));
    }
    return {body.data, static_cast<size_t>(body.len)};
}

}  // namespace cache
