// What the commands do: a handler for each row of commands.def.
#pragma once

#include "command/command.hpp"

namespace command {

namespace string {

Status append(Call& call);
Status decr(Call& call);
Status decrby(Call& call);
Status get(Call& call);
Status getdel(Call& call);
Status getex(Call& call);
Status getrange(Call& call);
Status getset(Call& call);
Status incr(Call& call);
Status incrby(Call& call);
Status incrbyfloat(Call& call);
Status lcs(Call& call);
Status mget(Call& call);
Status mset(Call& call);
Status msetnx(Call& call);
Status psetex(Call& call);
Status set(Call& call);
Status setex(Call& call);
Status setnx(Call& call);
Status setrange(Call& call);
Status strlen(Call& call);

}  // namespace string

namespace list {

Status lindex(Call& call);
Status linsert(Call& call);
Status llen(Call& call);
Status lmove(Call& call);
Status lmpop(Call& call);
Status lpop(Call& call);
Status lpos(Call& call);
Status lpush(Call& call);
Status lpushx(Call& call);
Status lrange(Call& call);
Status lrem(Call& call);
Status lset(Call& call);
Status ltrim(Call& call);
Status rpop(Call& call);
Status rpoplpush(Call& call);
Status rpush(Call& call);
Status rpushx(Call& call);

}  // namespace list

namespace hash {

Status hdel(Call& call);
Status hexists(Call& call);
Status hget(Call& call);
Status hgetall(Call& call);
Status hincrby(Call& call);
Status hincrbyfloat(Call& call);
Status hkeys(Call& call);
Status hlen(Call& call);
Status hmget(Call& call);
Status hmset(Call& call);
Status hrandfield(Call& call);
Status hscan(Call& call);
Status hset(Call& call);
Status hsetnx(Call& call);
Status hstrlen(Call& call);
Status hvals(Call& call);

}  // namespace hash

namespace set {

Status sadd(Call& call);
Status scard(Call& call);
Status sdiff(Call& call);
Status sdiffstore(Call& call);
Status sinter(Call& call);
Status sintercard(Call& call);
Status sinterstore(Call& call);
Status sismember(Call& call);
Status smembers(Call& call);
Status smismember(Call& call);
Status smove(Call& call);
Status spop(Call& call);
Status srandmember(Call& call);
Status srem(Call& call);
Status sscan(Call& call);
Status sunion(Call& call);
Status sunionstore(Call& call);

}  // namespace set

namespace zset {

Status zadd(Call& call);
Status zcard(Call& call);
Status zcount(Call& call);
Status zdiff(Call& call);
Status zdiffstore(Call& call);
Status zincrby(Call& call);
Status zinter(Call& call);
Status zintercard(Call& call);
Status zinterstore(Call& call);
Status zlexcount(Call& call);
Status zmpop(Call& call);
Status zmscore(Call& call);
Status zpopmax(Call& call);
Status zpopmin(Call& call);
Status zrandmember(Call& call);
Status zrange(Call& call);
Status zrangebylex(Call& call);
Status zrangebyscore(Call& call);
Status zrangestore(Call& call);
Status zrank(Call& call);
Status zrem(Call& call);
Status zremrangebylex(Call& call);
Status zremrangebyrank(Call& call);
Status zremrangebyscore(Call& call);
Status zrevrange(Call& call);
Status zrevrangebylex(Call& call);
Status zrevrangebyscore(Call& call);
Status zrevrank(Call& call);
Status zscan(Call& call);
Status zscore(Call& call);
Status zunion(Call& call);
Status zunionstore(Call& call);

}  // namespace zset

namespace keyspace {

Status copy(Call& call);
Status dbsize(Call& call);
Status del(Call& call);
Status dump(Call& call);
Status exists(Call& call);
Status expire(Call& call);
Status expireat(Call& call);
Status expiretime(Call& call);
Status flushall(Call& call);
Status flushdb(Call& call);
Status keys(Call& call);
Status move(Call& call);
Status object_encoding(Call& call);
Status object_freq(Call& call);
Status object_help(Call& call);
Status object_idletime(Call& call);
Status object_refcount(Call& call);
Status persist(Call& call);
Status pexpire(Call& call);
Status pexpireat(Call& call);
Status pexpiretime(Call& call);
Status pttl(Call& call);
Status randomkey(Call& call);
Status rename(Call& call);
Status renamenx(Call& call);
Status restore(Call& call);
Status scan(Call& call);
Status sort(Call& call);
Status sort_ro(Call& call);
Status swapdb(Call& call);
Status touch(Call& call);
Status ttl(Call& call);
Status type(Call& call);

}  // namespace keyspace

namespace transactions {

Status discard(Call& call);
Status exec(Call& call);
Status multi(Call& call);
Status unwatch(Call& call);
Status watch(Call& call);

}  // namespace transactions
namespace connection {

Status auth(Call& call);
Status client_caching(Call& call);
Status client_getname(Call& call);
Status client_getredir(Call& call);
Status client_help(Call& call);
Status client_id(Call& call);
Status client_info(Call& call);
Status client_kill(Call& call);
Status client_list(Call& call);
Status client_no_evict(Call& call);
Status client_no_touch(Call& call);
Status client_pause(Call& call);
Status client_reply(Call& call);
Status client_setinfo(Call& call);
Status client_setname(Call& call);
Status client_tracking(Call& call);
Status client_trackinginfo(Call& call);
Status client_unblock(Call& call);
Status client_unpause(Call& call);
Status echo(Call& call);
Status hello(Call& call);
Status ping(Call& call);
Status quit(Call& call);
Status reset(Call& call);
Status select(Call& call);

}  // namespace connection

namespace config {

Status get(Call& call);
Status help(Call& call);
Status resetstat(Call& call);
Status rewrite(Call& call);
Status set(Call& call);

}  // namespace config

}  // namespace command
