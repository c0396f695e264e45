# shellcheck shell=bash
# What the scripts of this folder share: packages, the build, private clusters. To be sourced.

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# Holds every cluster: quickstart's own and the short-lived ones of the checks.
PG_KV_CLUSTER=$(realpath --canonicalize-missing "${PG_KV_CLUSTER:-$checkout/.cluster}")
PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}
export PG_KV_CLUSTER PG_CONFIG

# shellcheck disable=SC2034 # each script takes what it needs
build_packages=(g++ make postgresql-15 postgresql-server-dev-15 libc-ares-dev
    libhiredis-dev libssl-dev libuv1-dev)
# shellcheck disable=SC2034
check_packages=(clang-14 libclang-rt-14-dev libgtest-dev openssl postgresql-15-pgtap python3 python3-psycopg2 python3-redis
    redis-server redis-tools ruby ruby-redis)
# shellcheck disable=SC2034
form_packages=(clang-format-14 git python3 shellcheck)

say() { printf '== %s\n' "$*"; }

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Settings of libpq in the caller's environment must not lead us to another server.
forget_libpq_settings() {
    local name
    for name in "${!PG@}"; do
        [[ $name == PG_* ]] || unset "$name"
    done
}
forget_libpq_settings

# Users --------------------------------------------------------------------------------------------

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "this needs root: run it as root, or install sudo"
    fi
}

# PostgreSQL refuses to run as root; called by root, it runs as the user its package brought.
server_user() {
    if ((EUID == 0)); then echo postgres; else id --user --name; fi
}

as_server() {
    local command=("$@")
    if ((EUID == 0)); then
        command=(setpriv --reuid=postgres --regid=postgres --init-groups -- "$@")
    fi
    (cd / && exec "${command[@]}")
}

# Packages and the build ---------------------------------------------------------------------------

installed() {
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

need_packages() {
    command -v dpkg-query apt-get >/dev/null || fail "this needs Debian's package tools"
    local package missing=()
    for package in "$@"; do
        installed "$package" || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    say "installing ${missing[*]}"
    as_root "$checkout/dev/install-packages" "${missing[@]}"
}

# The command, so that root can be given it too.
make_here=(make --no-print-directory --silent --directory="$checkout" PG_CONFIG="$PG_CONFIG")

# Two of these in one checkout at a time would spoil each other's files.
build_and_install() {
    say "building"
    {
        flock 9
        "${make_here[@]}" --jobs="$(nproc)" 9>&-
        say "installing the extension"
        as_root "${make_here[@]}" install 9>&- >/dev/null
    } 9>"$checkout/.build.lock"
}

# Clusters -----------------------------------------------------------------------------------------
# A cluster is known by its folder: the data are in data/, the log is server.log, the socket beside.

server_program() {
    local program
    program=$("$PG_CONFIG" --bindir)/$1
    shift
    as_server "$program" "$@"
}

port_is_free() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Below the range from which the system takes the ports of outgoing connections.
free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); do
        if port_is_free "$port"; then break; fi
    done
    echo "$port"
}

make_folder() {
    local folder=$1 user
    user=$(server_user)
    if ((EUID == 0)); then
        install --directory --mode=755 --owner=postgres --group=postgres "$folder"
    else
        mkdir --parents "$folder" 2>/dev/null || true
    fi
    as_server test -w "$folder" -a -x "$folder" || fail \
        "user $user cannot write to $folder. Move the checkout to where $user can reach it," \
        "or name another folder in PG_KV_CLUSTER, such as /var/tmp/pg_kv."
    local data=$folder/data
    [[ ! -e $data || $(stat --format=%U "$data") == "$user" ]] || fail \
        "$data belongs to $(stat --format=%U "$data"), but the server would run as $user." \
        "Run this as before, or name another folder in PG_KV_CLUSTER."
}

cluster_exists() { [[ -e $1/data/PG_VERSION ]]; }

# The server's processes are those that work in its data folder; a process id alone, read from a
# stale file, may by now be anybody's.
cluster_processes() {
    local link
    for link in /proc/[0-9]*/cwd; do
        [[ $(readlink "$link" 2>/dev/null) != "$1/data" ]] || basename "$(dirname "$link")"
    done
}

cluster_runs() {
    local pid
    pid=$(head --lines=1 "$1/data/postmaster.pid" 2>/dev/null) || return 1
    cluster_processes "$1" | grep --quiet --line-regexp --fixed-strings "$pid"
}

cluster_create() {
    local folder=$1
    make_folder "$folder"
    server_program initdb --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 \
        --locale=C.UTF-8 --no-instructions --no-sync >/dev/null
    as_server tee --append "$folder/data/postgresql.conf" <<<"include 'pg_kv.conf'" >/dev/null
}

# cluster_configure folder port [setting...], each setting as "name = value"
cluster_configure() {
    local folder=$1 port=$2 sockets=$1
    shift 2
    # The system limits the length of a socket's path.
    if ((${#sockets} > 80)); then sockets=; fi
    {
        printf '%s\n' "listen_addresses = '127.0.0.1'" "port = $port" \
            "unix_socket_directories = '${sockets//\'/\'\'}'"
        printf '%s\n' "$@"
    } | as_server tee "$folder/data/pg_kv.conf" >/dev/null
}

# A server that was killed leaves its pid in files, and the pid may by now be another's.
forget_killed_server() {
    local folder=$1 left
    # Its processes end when they notice; a moment is enough.
    for _ in {1..50}; do
        left=$(cluster_processes "$folder" | xargs)
        if [[ -z $left ]]; then break; fi
        sleep 0.2
    done
    [[ -z $left ]] || fail "a server that died left processes in $folder: $left"
    as_server find "$folder" "$folder/data" -maxdepth 1 \
        '(' -name postmaster.pid -o -name '.s.PGSQL.*' ')' -delete
}

cluster_start() {
    local folder=$1 port=$2
    forget_killed_server "$folder"
    port_is_free "$port" || fail "port $port is in use by something else"
    server_program pg_ctl --pgdata="$folder/data" --log="$folder/server.log" --timeout=120 --wait --silent start \
        </dev/null || {
        tail --lines=20 "$folder/server.log" >&2
        fail "the server did not start; its log is $folder/server.log"
    }
}

cluster_stop() {
    ! cluster_runs "$1" || server_program pg_ctl --pgdata="$1/data" --mode="${2:-fast}" --timeout=120 --wait --silent stop
}

# npm ----------------------------------------------------------------------------------------------

npm_folder=$checkout/build/clients

# What test/clients/package-lock.json names, into a folder that git ignores.
need_npm_packages() {
    command -v node npm >/dev/null || need_packages nodejs npm
    ! cmp --silent "$checkout/test/clients/package-lock.json" "$npm_folder/installed.json" || return 0
    say "installing packages of npm"
    mkdir --parents "$npm_folder"
    cp "$checkout"/test/clients/{package.json,package-lock.json,.npmrc} "$npm_folder"
    (cd "$npm_folder" && npm ci --silent --ignore-scripts)
    cp "$npm_folder/package-lock.json" "$npm_folder/installed.json"
}

# The door of the Redis protocol -------------------------------------------------------------------

# Clients are members of the one, and act as the other unless they log in.
client_role=kv_client
local_role=kv_local

# The settings of a cluster with doors; which databases have one, and where, open_door says.
# shellcheck disable=SC2034
door_settings=(
    "kv.port = 0"
    "kv.listen_addresses = '127.0.0.1'"
    "kv.client_role = '$client_role'"
    "kv.default_role = '$local_role'"
    "kv.enable_debug_command = yes"
)

door_answers() {
    local reply
    { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
    printf 'PING\r\n' >&3
    IFS= read -r -t 5 reply <&3 || reply=
    exec 3>&-
    [[ $reply == [+-]* ]]
}

# open_door port database door: Redis clients find the database at the port `door` of this machine,
# and may do everything there.
open_door() {
    local port=$1 database=$2 door=$3 role
    for role in "$client_role" "$local_role"; do
        psql_at "$port" "$database" -c "DO \$\$ BEGIN CREATE ROLE $role; EXCEPTION WHEN duplicate_object THEN END \$\$"
    done
    psql_at "$port" "$database" --output=/dev/null -c "GRANT $client_role TO $local_role; ALTER ROLE $local_role LOGIN" \
        -c "SELECT kv.grant_admin('$local_role')" -c "ALTER DATABASE $database SET kv.port = $door"
    for _ in {1..150}; do
        if door_answers "$door"; then return 0; fi
        sleep 0.2
    done
    fail "nobody answers at port $door, where Redis clients should find the database $database"
}

# psql_at port database [argument...]
psql_at() {
    local port=$1 database=$2
    shift 2
    "$("$PG_CONFIG" --bindir)/psql" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
        --host=127.0.0.1 --port="$port" --username=postgres --dbname="$database" "$@"
}

create_database() {
    local port=$1 database=$2
    if [[ -z $(psql_at "$port" postgres -At -c "SELECT 1 FROM pg_database WHERE datname = '$database'") ]]; then
        psql_at "$port" postgres -c "CREATE DATABASE $database"
    fi
    psql_at "$port" "$database" -c 'SET client_min_messages = warning' \
        -c 'CREATE EXTENSION IF NOT EXISTS pg_kv' -c 'ALTER EXTENSION pg_kv UPDATE'
}
