#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Fuzzes one target, or each in turn: sh fuzz/run.sh [TARGET|all] [SECONDS]. Ends with 1 where one finds something.
#
# Needs a nightly toolchain, cargo-fuzz and a C++ compiler. Nothing of ours is unsafe, so no sanitizer is asked for: what is looked
# for is panics, overflows, properties that do not hold, memory and time. What libFuzzer keeps lies in corpus/ and artifacts/.
set -u

case $0 in
*/*) cd "${0%/*}" || exit 1 ;;
esac

target=${1:-all}
seconds=${2:-60}

fail() {
    printf 'fuzz: %s\n' "$1" >&2
    exit 1
}

cargo +nightly --version >/dev/null 2>&1 ||
    fail 'there is no nightly toolchain, which coverage needs: rustup toolchain install nightly --profile minimal'
cargo fuzz --version >/dev/null 2>&1 ||
    fail 'there is no cargo-fuzz: cargo install cargo-fuzz --locked'

targets=$(cargo fuzz list) || fail 'the targets of fuzz/Cargo.toml cannot be listed'
if [ "$target" != all ]; then
    printf '%s\n' "$targets" | grep -qxF -- "$target" || fail "there is no target $target, but:
$targets"
    targets=$target
fi

cargo run --locked --release -p ashlar-fuzz-seeds -- corpus || fail 'the seeds cannot be written'

found=''
for each in $targets; do
    printf 'fuzz: %s for %s s\n' "$each" "$seconds"
    # One input may take 10 s and 2 GiB: a parser that needs more is a finding too.
    cargo +nightly fuzz run --sanitizer none "$each" -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 || found="$found $each"
done
[ -z "$found" ] || fail "found something (artifacts/):$found"
