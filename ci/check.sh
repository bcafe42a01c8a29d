#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# All that is checked: form, lints, docs and every test of all workspaces. CI runs this and nothing else.
#
# Needs cargo and cc; in CI also openssl, git, zstd and gzip, by which tests confirm formats (without CI set, such a test says that it was
# left out), and python3 and go, which bring the readers of SBOM documents. So there is only shell here. Everything of the host's workspace is compiled in
# release mode: the system tests judge the release binary, and a second profile would compile all dependencies twice.
# The last line says what came out: a stage that failed without a failed test counts as one failure.
set -u

case $0 in
*/*) cd "${0%/*}/.." || exit 1 ;;
*) cd .. || exit 1 ;;
esac

# Plain lines; no state of an earlier run.
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0
export RUSTDOCFLAGS='-D warnings'

stage() {
    name=$1
    shift
    printf 'check: %s: %s\n' "$name" "$*"
    "$@" </dev/null 2>&1
    code=$?
    printf 'check: %s: ended with %s\n' "$name" "$code"
}

# The tests take long and for half of it one processor: they boot machines that have one. So all that needs them not is done beside them, and
# yields: it takes what they leave. What they say is shown when they are done, or when this is ended, and then they are ended first: what a
# shell without job control starts in the background does not hear of Ctrl-C.
beside() {
    output=$(mktemp) || exit 1
    # A background process of a shell without job control reads nothing.
    stage "$@" >"$output" 2>&1 &
    beside=$!
    trap 'cat "$output"; rm -f "$output"' EXIT
    trap 'end_tree "$beside"; exit 1' HUP INT TERM
}

# Ends a process and everything that descends from it. They may be in groups of their own, and not every system has setsid or ps, so they are
# found by their parents. Each is stopped before its children are looked for: it starts no more meanwhile.
end_tree() {
    tree=$1
    level=$1
    while [ -n "$level" ]; do
        # Words, not one word: several processes.
        # shellcheck disable=SC2086
        kill -STOP $level 2>/dev/null
        level=$(children "$level")
        tree="$tree $level"
    done
    # Who has something to put away does so; a stopped process hears of the first signal when it goes on.
    # shellcheck disable=SC2086
    {
        kill -TERM $tree
        kill -CONT $tree
        sleep 1
        kill -KILL $tree
    } 2>/dev/null
}

# The children of the processes $1 (proc(5), /proc/PID/status).
children() {
    cat /proc/[0-9]*/status 2>/dev/null | while read -r key value; do
        case $key in
        Pid:) process=$value ;;
        PPid:)
            case " $1 " in
            *" $value "*) printf '%s ' "$process" ;;
            esac
            ;;
        esac
    done
}

yielding() {
    name=$1
    shift
    stage "$name" nice -n 19 "$@"
}

stages() {
    stage form cargo fmt --all --check
    stage form-os cargo fmt --manifest-path os/Cargo.toml --all --check
    stage form-ceremony cargo fmt --manifest-path signing/ceremony/Cargo.toml --all --check
    stage form-fuzz cargo fmt --manifest-path fuzz/Cargo.toml --all --check
    # Locally, tests without these readers say so; in CI nothing is left out.
    if [ -n "${CI-}" ]; then
        stage sbom-readers sh tests/sbom-readers/fetch.sh
    fi
    # With the tests in one go: built alone, the binary would get other features of the same dependencies.
    stage build cargo build --locked --release --workspace --all-targets
    beside tests cargo test --locked --release --workspace --no-fail-fast
    yielding lints cargo clippy --locked --release --workspace --all-targets -- -D warnings
    yielding lints-os cargo clippy --locked --manifest-path os/Cargo.toml --workspace --all-targets -- -D warnings
    yielding lints-ceremony cargo clippy --locked --manifest-path signing/ceremony/Cargo.toml --workspace --all-targets -- -D warnings
    yielding docs cargo doc --locked --release --workspace --no-deps
    yielding docs-os cargo doc --locked --manifest-path os/Cargo.toml --workspace --no-deps
    yielding docs-ceremony cargo doc --locked --manifest-path signing/ceremony/Cargo.toml --workspace --no-deps
    yielding tests-os cargo test --locked --manifest-path os/Cargo.toml --workspace --no-fail-fast
    yielding tests-ceremony cargo test --locked --manifest-path signing/ceremony/Cargo.toml --workspace --no-fail-fast
    wait "$beside"
    cat "$output"
    : >"$output"
    printf 'check: end\n'
}

# Adds up the lines of test harnesses: "test result: ok. 3 passed; 0 failed; …".
judge() {
    passed=0
    failed=0
    failed_before=0
    ended=no
    while IFS= read -r line || [ -n "$line" ]; do
        printf '%s\n' "$line"
        case $line in
        'test result: '*' passed; '*' failed; '*)
            rest=${line#*. }
            more=${rest%% passed; *}
            rest=${rest#* passed; }
            lost=${rest%% failed; *}
            case $more$lost in
            *[!0-9]* | '') failed=$((failed + 1)) ;;
            *)
                passed=$((passed + more))
                failed=$((failed + lost))
                ;;
            esac
            ;;
        'check: '*': ended with 0') failed_before=$failed ;;
        'check: '*': ended with '*)
            if [ "$failed" -eq "$failed_before" ]; then
                failed=$((failed + 1))
            fi
            failed_before=$failed
            ;;
        'check: end') ended=yes ;;
        esac
    done
    if [ "$ended" = no ]; then
        printf 'check: did not come to its end\n'
        failed=$((failed + 1))
    fi
    printf '%s passed, %s failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# The test of this script feeds it the output of another run.
if [ "${1-}" = --judge ]; then
    judge
else
    stages | judge
fi
