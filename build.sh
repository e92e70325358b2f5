#!/usr/bin/env bash
# Thin bootstrap: finds or installs what the machine lacks (PostgreSQL, PowerShell) and hands over to build.ps1.
# Where no PowerShell can be had, it does the same task with dotnet alone.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
    cat <<'TEXT'
Usage: ./build.sh TASK [options]

  build     the module into out/module/Bucardo.Ps, the command into out/console
  test      builds, runs every test, closes with 'N passed, N failed, N skipped'
  demo      builds, then replicates five pgbench databases in throwaway clusters
  bench     builds, then runs the benchmarks of bench/: ./build.sh bench [NAME...] [--size smoke|quick|full] [--peers LIST] ...;
            ./build.sh bench --help lists them
  faults    builds, then lets everything fail at random and compares the nodes: --minutes N, --seed S
  simulate  builds, then plays random histories on nodes in memory: [--histories N] [--seed S] [--strategy FAMILY] [--replay FILE|SEED] [--teeth N];
            a failing one is shrunk and printed, and the exit code is 1
  help      brings the pages in docs/cmdlets up to date with the cmdlets: syntax, facts, a first page for a new one
  package   builds, then makes out/package/Bucardo.Ps.VERSION.nupkg
  clean     removes out/ and all build output
  setup     only installs what is missing: PostgreSQL and PowerShell

  -c, --configuration NAME   Release (default) or Debug
  -f, --filter TEXT          only tests whose full name contains TEXT
      --minutes NUMBER       how long 'faults' goes on (default 2)
      --seed NUMBER          what 'faults' begins with: replays a history that failed
      --no-powershell        do without PowerShell, even if it is there
  -h, --help                 this text

What is missing comes from the package manager (apt-get; with sudo where you are not root) and from 'dotnet tool install'.
BUCARDO_PGBIN names the folder of PostgreSQL's programs, BUCARDO_TEST_SERVER a running server for the tests.
TEXT
}

say() { printf '%s\n' "build: $*"; }
die() { printf '%s\n' "build: $*" >&2; exit 1; }

task='' configuration=Release filter='' powershell=yes minutes=2 seed='' simulation=() benchmarks=()
while [ $# -gt 0 ]; do
    # What follows is the benchmarks' own.
    if [ "$task" = bench ]; then benchmarks+=("$1"); shift; continue; fi
    case $1 in
        -h|--help) usage; exit 0 ;;
        -c|--configuration) configuration=${2:-}; shift ;;
        -f|--filter) filter=${2:-}; shift ;;
        --minutes) minutes=${2:-}; shift ;;
        --seed) seed=${2:-}; simulation+=("$1" "$seed"); shift ;;
        --no-powershell) powershell=no ;;
        --histories|--strategy|--replay|--threads|--teeth) simulation+=("$1" "${2:-}"); shift ;;
        -*) usage >&2; die "unknown option '$1'" ;;
        *) [ -z "$task" ] || die "one task at a time: '$task' or '$1'"; task=$1 ;;
    esac
    shift || die "the last option lacks its value"
done
case $task in
    build|test|demo|bench|faults|simulate|help|package|clean|setup) ;;
    '') usage >&2; exit 2 ;;
    *) usage >&2; die "unknown task '$task'" ;;
esac
case $minutes in ''|*[!0-9.]*) die "--minutes is a number, not '$minutes'" ;; esac
case $seed in *[!0-9]*) die "--seed is a whole number, not '$seed'" ;; esac
case $configuration in Debug|Release) ;; *) die "--configuration is Release or Debug, not '$configuration'" ;; esac

# Runs a command for at most so many seconds, its output kept in a file.
quietly() {
    local seconds=$1; shift
    mkdir -p "$here/out"
    timeout "$seconds" "$@" >>"$here/out/setup.log" 2>&1 </dev/null
}

as_root() {
    local seconds=$1; shift
    if [ "$(id -u)" = 0 ]; then quietly "$seconds" "$@"; return; fi
    command -v sudo >/dev/null || return 1
    # The password is asked for only where somebody can give it.
    if [ -t 0 ]; then sudo -v || return 1; fi
    quietly "$seconds" sudo -n "$@"
}

apt_install() {
    command -v apt-get >/dev/null || return 1
    as_root 300 apt-get -q -o Acquire::Retries=2 update || true # an old list may still do
    as_root 900 env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 --no-install-recommends install "$@"
}

find_dotnet() {
    local folder found=''
    for folder in "$(dirname "$(command -v dotnet || echo none/none)")" "${DOTNET_ROOT:-none}" "${HOME:-none}/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
        # Not 'grep -q': it would end the pipe early, which pipefail takes for a failure.
        if [ -x "$folder/dotnet" ] && "$folder/dotnet" --list-sdks 2>/dev/null | grep -E '^[1-9][0-9]\.' >/dev/null; then found=$folder; break; fi
    done
    [ -n "$found" ] || die "the .NET 10 SDK is needed, and no 'dotnet' on this machine has it: see https://dotnet.microsoft.com/download"
    # Tools such as pwsh look for the runtime in DOTNET_ROOT.
    export PATH=$found:$PATH DOTNET_ROOT
    DOTNET_ROOT=$(dirname "$(readlink -f "$found/dotnet")")
}

has_postgres() {
    local folder
    for folder in "${BUCARDO_PGBIN:-}" "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin ${PATH//:/ }; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then command -v pgbench >/dev/null || [ -x "$folder/pgbench" ]; return; fi
    done
    return 1
}

find_postgres() {
    if has_postgres; then return; fi
    if [ "$task" = test ] && [ -n "${BUCARDO_TEST_SERVER:-}" ]; then return; fi
    say "PostgreSQL is missing: installing the package 'postgresql'"
    if apt_install postgresql && has_postgres; then return; fi # pgbench and contrib are in it
    die "PostgreSQL could not be installed (out/setup.log): install its server and pgbench, on Debian 'apt-get install postgresql'"
}

# PowerShell needs ICU unless it is told to do without; a fresh Debian has none.
pwsh_works() { command -v pwsh >/dev/null && timeout 60 pwsh -NoProfile -NonInteractive -Command 'exit [int]($PSVersionTable.PSVersion -lt [version]"7.4")' >/dev/null 2>&1 </dev/null; }
has_pwsh() {
    pwsh_works && return
    [ -z "${DOTNET_SYSTEM_GLOBALIZATION_INVARIANT:-}" ] || return 1
    export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
    pwsh_works && return
    unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT
    return 1
}

find_pwsh() {
    PATH=$PATH:${HOME:-/nonexistent}/.dotnet/tools
    [ "$powershell" = yes ] || return 1
    if has_pwsh; then return; fi
    say "PowerShell is missing: trying 'dotnet tool install --global PowerShell', then the package manager"
    if quietly 300 dotnet tool install --global PowerShell --version 7.6.9 && has_pwsh; then return; fi
    if command -v apt-cache >/dev/null && apt-cache show powershell >/dev/null 2>&1 && apt_install powershell && has_pwsh; then return; fi
    say "PowerShell 7.4 could not be had (out/setup.log): going on with dotnet alone"
    return 1
}

build() {
    rm -rf out/module out/console
    local status=0
    dotnet build Bucardo.Ps.sln --configuration "$configuration" --nologo --verbosity quiet || status=$?
    if [ "${CI:-}" = true ]; then dotnet build-server shutdown --vbcscompiler > /dev/null || true; fi # no compiler stays behind
    [ "$status" = 0 ] || exit "$status"
    dotnet publish src/Bucardo.Ps --no-build --configuration "$configuration" --output out/module/Bucardo.Ps/lib --nologo --verbosity quiet
    dotnet publish src/Bucardo.Console --no-build --configuration "$configuration" --output out/console --nologo --verbosity quiet
    say "built out/module/Bucardo.Ps and out/console"
}

# build.ps1 does the same, and the Pester tests, which cannot run here.
run_tests() {
    local project results=out/test-results passed=0 failed=0 skipped=0 status counters total executed good
    rm -rf "$results"
    export DOTNET_TieredPGO=0 # a test runs once: to measure its code for better code does not pay
    for project in tests/*/*.csproj; do
        case $project in *TestSupport.csproj|*Simulation.csproj) continue ;; esac
        status=0
        dotnet test "$project" --no-build --configuration "$configuration" --nologo --verbosity quiet ${filter:+--filter "FullyQualifiedName~$filter"} \
            --results-directory "$results" --logger "trx;LogFileName=$(basename "$project").trx" \
            --blame-hang-timeout 10m --blame-hang-dump-type none -- RunConfiguration.TestSessionTimeout=2400000 || status=$?
        counters=$(grep -o '<Counters [^>]*>' "$results/$(basename "$project").trx" 2>/dev/null || true)
        total=$(sed -n 's/.* total="\([0-9]*\)".*/\1/p' <<<"$counters")
        executed=$(sed -n 's/.* executed="\([0-9]*\)".*/\1/p' <<<"$counters")
        good=$(sed -n 's/.* passed="\([0-9]*\)".*/\1/p' <<<"$counters")
        passed=$((passed + ${good:-0}))
        skipped=$((skipped + ${total:-0} - ${executed:-0}))
        # A runner that broke down counts as a failure of its own.
        if [ "$status" != 0 ] && [ $((${executed:-0} - ${good:-0})) = 0 ]; then failed=$((failed + 1)); fi
        failed=$((failed + ${executed:-0} - ${good:-0}))
    done
    local files=(tests/Bucardo.Ps.Tests/*.Tests.ps1)
    if [ -e "${files[0]}" ]; then
        say "skipped for want of PowerShell: the ${#files[@]} Pester files of tests/Bucardo.Ps.Tests, counted as one test each"
        skipped=$((skipped + ${#files[@]}))
    fi
    printf '%s\n' "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ] && [ "$passed" != 0 ]
}

run_benchmarks() { exec dotnet "bench/Bucardo.Bench/bin/$configuration/net10.0/Bucardo.Bench.dll" "${benchmarks[@]}"; }

# Everything fails at random, for as long as wanted.
run_faults() {
    BUCARDO_FAULT_MINUTES=$minutes BUCARDO_FAULT_SEED=$seed dotnet test tests/Bucardo.Faults --no-build --configuration "$configuration" --nologo \
        --filter FullyQualifiedName~RandomFaultTests --logger 'console;verbosity=detailed'
}

simulate() {
    dotnet build tests/Bucardo.Simulation --configuration "$configuration" --nologo --verbosity quiet
    exec dotnet "tests/Bucardo.Simulation/bin/$configuration/net10.0/Bucardo.Simulation.dll" "${simulation[@]}"
}

help_pages() {
    dotnet build src/Bucardo.Ps --configuration "$configuration" --nologo --verbosity quiet
    exec dotnet run --project src/Bucardo.Ps.Help --no-build --configuration "$configuration" -- update "src/Bucardo.Ps/bin/$configuration/net8.0/Bucardo.Ps.dll" docs/cmdlets
}

cd "$here"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en POWERSHELL_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
export UseSharedCompilation=true # one compiler for all projects takes a third less time
if [ ! -w "${HOME:-/nonexistent}" ]; then export HOME=$here/out/home; mkdir -p "$HOME"; fi # dotnet and NuGet want a home to write to

if [ "$task" = clean ]; then rm -rf out src/*/bin src/*/obj tests/*/bin tests/*/obj bench/*/bin bench/*/obj; exit 0; fi
find_dotnet
case $task in test|demo|bench|faults|setup) find_postgres ;; esac
case $task in # these need neither PostgreSQL nor PowerShell
    simulate) simulate ;;
    help) help_pages ;;
esac
if find_pwsh; then
    [ "$task" != setup ] || exit 0
    if [ "$task" = bench ]; then build; run_benchmarks; fi # their options are not build.ps1's
    exec pwsh -NoProfile -NonInteractive -File build.ps1 -Task "$task" -Configuration "$configuration" -Filter "$filter" -Minutes "$minutes" -Seed "$seed" -Prepared
fi
case $task in
    setup) ;;
    build) build ;;
    test) build; run_tests ;;
    demo) build; exec dotnet out/console/bucardo.dll demo ;;
    bench) build; run_benchmarks ;;
    faults) build; run_faults ;;
    package) build; dotnet pack src/Bucardo.Ps --no-build --configuration "$configuration" --output out/package --nologo --verbosity quiet; ls out/package/*.nupkg ;;
esac
