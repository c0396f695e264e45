#include "relay/fill_script.hpp"

namespace relay {

// Lua compares texts by the locale of Redis; hexadecimal digits of equal number come in one order
// in all of them. A version equal to the reader's is nobody else's.
std::string_view fill_script() {
    return R"lua(for i = 2, #KEYS do
    local version = redis.call('GET', KEYS[i])
    if version and version > ARGV[2] then
        return 0
    end
end
if tonumber(ARGV[3]) > 0 then
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
else
    redis.call('SET', KEYS[1], ARGV[1])
end
return 1
)lua";
}

}  // namespace relay
