# The checks of the installers and packages, one a line; scripts/windows-installers and scripts/linux-packages read this file. $work is a folder
# for their output.

passed=0 failed=0
# check NAME COMMAND…: one test, which passes if the command succeeds.
check() {
    local name=$1
    shift
    if "$@" >"$work/output" 2>&1; then
        passed=$((passed + 1))
        printf 'ok      %s\n' "$name"
    else
        failed=$((failed + 1))
        printf 'FAILED  %s: %s\n' "$name" "$*"
        tail -n 20 "$work/output"
    fi
}
has() { [ -e "$1" ]; }
logged() { grep -qF -- "$2" "$1"; }
# wait_for COMMAND…: until it succeeds, for a minute at most.
wait_for() { local tries=0; until "$@"; do sleep 0.1; tries=$((tries + 1)); [ "$tries" -lt 600 ] || return 1; done; }
# The last line, and the exit status.
sum_up() {
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ]
}
