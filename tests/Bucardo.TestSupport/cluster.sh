# Supervisor of one throwaway PostgreSQL cluster. It runs as the user that owns the cluster.
# It lives exactly as long as its standard input: when the test process closes the pipe, or dies in whatever way,
# the server is ended and the folder removed. (PR_SET_PDEATHSIG would not do: it fires when the *thread* that forked ends.)
#
# Arguments: 1 folder of PostgreSQL's programs, 2 folder of the cluster (to be made), 3 folder of the initdb template.
# Input lines: "start PORT", and while the server is stopped "save" (a copy of its files), "load" (back to the copy), "follow SOCKET PORT" (become another cluster's
# standby). Output lines: "prepared", "started PID", "exited STATUS", "done", "failed REASON".
bin=$1 home=$2 template=$3
umask 077
unset PGDATA PGPORT PGHOST PGUSER PGDATABASE PGSERVICE PGPASSFILE PGOPTIONS PGCLIENTENCODING
export LC_ALL=C

clean_up() {
    pid=$(head -n 1 "$home/data/postmaster.pid" 2>/dev/null)
    if [ -n "$pid" ]; then
        kill -CONT "$pid" 2>/dev/null
        kill -QUIT "$pid" 2>/dev/null
        tries=0
        # The postmaster itself kills backends that do not answer, after five seconds.
        while [ $tries -lt 160 ] && [ -e "$home/data/postmaster.pid" ] && kill -0 "$pid" 2>/dev/null; do
            sleep 0.05
            tries=$((tries + 1))
        done
        [ -e "$home/data/postmaster.pid" ] && kill -KILL "$pid" 2>/dev/null
    fi
    rm -rf "$home"
}

# initdb takes a second, a copy of its result a tenth of one. The rename makes it safe for processes that start together.
make_template() {
    if [ ! -e "$template" ]; then
        mkdir -p "$(dirname "$template")" || return 1
        fresh=$(mktemp -d "$template.XXXXXX") || return 1
        "$bin/initdb" --pgdata="$fresh/data" --username=postgres --encoding=UTF8 --no-locale --no-sync --auth=trust >>"$home/server.log" 2>&1 || return 1
        mv -T "$fresh/data" "$template" 2>/dev/null || mv "$fresh/data" "$template" 2>/dev/null
        rm -rf "$fresh"
    fi
    # Nobody else may lay a template for us.
    [ -O "$template" ] || { echo "$template belongs to somebody else" >>"$home/server.log"; return 1; }
}

mkdir -p "$home/socket" || { echo "failed cannot create $home"; exit 1; }
trap clean_up EXIT
trap '' INT HUP
trap 'exit 1' TERM
exec 2>>"$home/server.log"

make_template && cp -R -p "$template" "$home/data" || { echo "failed initdb"; read -r _; exit 1; }
echo prepared

while read -r word port other; do
    case $word in
        save) rm -rf "$home/saved"; cp -R -p "$home/data" "$home/saved" && echo done || echo "failed save"; continue ;;
        load) rm -rf "$home/data"; cp -R -p "$home/saved" "$home/data" && echo done || echo "failed load"; continue ;;
        follow)
            rm -rf "$home/data"
            "$bin/pg_basebackup" -D "$home/data" -R -X stream --checkpoint=fast --no-sync -U postgres -h "$port" -p "$other" </dev/null >>"$home/server.log" 2>&1 && echo done || echo "failed follow"
            continue ;;
        start) ;;
        *) continue ;;
    esac
    {
        "$bin/postgres" -D "$home/data" -p "$port" -k "$home/socket" </dev/null >>"$home/server.log" 2>&1 &
        echo "started $!"
        wait $!
        echo "exited $?"
    } &
done
