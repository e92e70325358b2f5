# Supervisor of the demo's throwaway PostgreSQL clusters. It runs as the user that owns them and lives exactly as long as its standard
# input: when the demo closes the pipe, or dies in whatever way, the servers are ended and the folder is removed.
#
# Arguments: 1 folder of PostgreSQL's programs, 2 folder for the clusters (to be made), 3 their number.
# Cluster N is reached by the Unix socket in its folder N/socket, which only its owner (and root) can enter; nothing listens on the network.
# Output: "ready", or "failed REASON".
bin=$1 home=$2 count=$3
umask 077
unset PGDATA PGPORT PGHOST PGUSER PGDATABASE PGSERVICE PGPASSFILE PGOPTIONS PGCLIENTENCODING
export LC_ALL=C
servers=''

clean_up() {
    [ -z "$servers" ] || kill -QUIT $servers 2>/dev/null
    wait
    rm -rf "$home"
}
# The reason, in one line: what the server's log says last.
fail() { echo "failed $(cat "$home"/*/log 2>/dev/null | tail -n 3 | tr '\n' ' ')"; exit 1; }

mkdir "$home" || { echo "failed $home cannot be made"; exit 1; }
trap clean_up EXIT
trap '' INT HUP
trap 'exit 1' TERM

making=''
for number in $(seq "$count"); do
    mkdir -p "$home/$number/socket" || fail
    "$bin/initdb" -D "$home/$number/data" -U postgres -E UTF8 --no-locale --no-sync -A trust >"$home/$number/log" 2>&1 </dev/null &
    making="$making $!"
done
for id in $making; do wait "$id" || fail; done
for number in $(seq "$count"); do
    # It need not survive a power cut, only look like a server that has fast disks.
    "$bin/postgres" -D "$home/$number/data" -k "$home/$number/socket" -c listen_addresses= -c max_connections=100 -c fsync=off \
        -c full_page_writes=off -c synchronous_commit=off -c shared_buffers=64MB -c max_wal_size=1GB >>"$home/$number/log" 2>&1 </dev/null &
    servers="$servers $!"
done
for number in $(seq "$count"); do
    while [ "$(sed -n 8p "$home/$number/data/postmaster.pid" 2>/dev/null | tr -d ' ')" != ready ]; do
        for id in $servers; do kill -0 "$id" 2>/dev/null || fail; done
        sleep 0.05
    done
done
echo ready
while read -r _; do :; done
