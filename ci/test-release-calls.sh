#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# What the jobs of a release hand to the programs that they call, shown by scripts that stand for ashlar and cargo.
#
#   compare    builds in a store that is new, empty, no other job's and gone afterwards, so that it finds a build that varies
#   ceremony   the secret reaches `ashlar release` by its standard input, and no other program in any way
#
# Needs coreutils, grep and a shell; takes a second. Ends with 0 if all of it came out as it must.
set -eu

export LC_ALL=C
case $0 in
*/*) cd "${0%/*}/.." ;;
*) cd .. ;;
esac

folder=$(mktemp -d "${TMPDIR:-/tmp}/ashlar-test-calls.XXXXXX")
clean() {
    chmod -R u+w "$folder" || :
    rm -rf "$folder"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
    printf 'test-release-calls: FAILED: %s\n' "$*" >&2
    cat "$folder/output" >&2
    exit 1
}

checkout=$folder/checkout
mkdir -p "$checkout/ci" "$folder/bin" "$folder/tmp" "$folder/audit" "$folder/store"
cp ci/release.sh "$checkout/ci/release.sh"

# Like ashlar, it builds only what the store does not have, and leaves it read-only. What it builds is told by the file `varies`:
# the same each time, or something else. It notes each call with its environment, its standard input, and what its store held.
cat >"$folder/bin/ashlar" <<'END'
#!/bin/sh
set -eu
note=$(mktemp "$NOTES/ashlar.XXXXXX")
store=$ASHLAR_STORE
if [ "$1" = --store ]; then
    store=$2
    shift 2
fi
{
    printf 'call: %s\n' "$1"
    printf 'store: %s\n' "$store"
    printf 'holds: %s\n' "$(ls -A "$store")"
    env
    printf 'input: %s\n' "$(cat)"
} >"$note"
if [ "$1" = build ]; then
    if [ ! -e "$store/trees/made" ]; then
        mkdir -p "$store/trees"
        if [ -e "$NOTES/varies" ]; then mktemp -u XXXXXXXXXX; else echo always; fi >"$store/trees/made"
        chmod -R a-w "$store/trees"
    fi
    cat "$store/trees/made"
fi
END
# It builds ashlar.
cat >"$folder/bin/cargo" <<'END'
#!/bin/sh
set -eu
note=$(mktemp "$NOTES/cargo.XXXXXX")
{
    printf 'call: %s\n' "$*"
    env
    printf 'input: %s\n' "$(cat)"
} >"$note"
mkdir -p target/release
cp "${0%/*}/ashlar" target/release/ashlar
END
chmod +x "$folder/bin/ashlar" "$folder/bin/cargo"

# A job, with variables for it. What the programs note of their calls is in `notes`.
job() {
    job=$1
    shift
    notes=$(mktemp -d "$folder/notes.XXXXXX")
    if [ -n "$build" ]; then : >"$notes/varies"; fi
    env -i "PATH=$folder/bin:$PATH" "TMPDIR=$folder/tmp" "AUDIT_FOLDER=$folder/audit" "ASHLAR_STORE=$folder/store" \
        "NOTES=$notes" VERSION=1 "$@" sh "$checkout/ci/release.sh" "$job" >"$folder/output" 2>&1 </dev/null
}
with=ASHLAR=$folder/bin/ashlar

# What compare did with its store, however it ended.
empty_store() {
    store=$(sed -n 's/^store: //p' "$notes"/ashlar.*)
    case $store in
    "$folder/audit"/*) ;;
    *) fail "compare built in '$store', not in a new folder" ;;
    esac
    grep -qx 'holds: ' "$notes"/ashlar.* || fail 'the store of compare was not empty'
    [ -z "$(ls -A "$folder/audit")$(ls -A "$folder/tmp")" ] || fail 'compare left something'
    if grep -q 'nothing was built again' "$folder/output"; then fail 'compare did not say what it did'; fi
}

build=
job build "$with" || fail 'build'
job compare "$with" || fail 'compare refused the same artifacts'
empty_store

# Each of these would hide a build that varies if the store of the build job could be chosen.
build=varies
for variable in COMPARE_STORE="$folder/store" COMPARE_IN_STORE=no COMPARE_IN_STORE=1 COMPARE_IN_STORE=; do
    if job compare "$with" "$variable"; then fail "with $variable, compare did not find a build that varies"; fi
    grep -qF 'get the same artifacts twice' "$folder/output" || fail 'compare was refused for another reason'
    empty_store
done
job compare "$with" COMPARE_IN_STORE=yes || fail 'compare in the usual store'
grep -qF 'nothing was built again' "$folder/output" || fail 'compare in the usual store did not say so'
grep -qxF "store: $folder/store" "$notes"/ashlar.* || fail 'compare was in another store than the usual one'

# Who inherits the pipe could read the secret before the program that signs, and who inherits the variable at any time.
secret=not-for-everybody
for given in "$with" ASHLAR=; do
    job ceremony "$given" PUBLISHER_KEY="$secret" || fail "the ceremony with $given"
    holders=$(grep -rlF "$secret" "$notes" "$folder/tmp" "$folder/audit" "$checkout" "$folder/output") ||
        fail 'no program got the secret'
    grep -qxs 'call: release' "$holders" || fail "others than ashlar release got the secret: $holders"
    grep -qxF "input: $secret" "$holders" || fail 'the secret did not come by standard input'
    [ "$(grep -cF "$secret" "$holders")" -eq 1 ] || fail 'the secret came in two ways'
done
grep -q '^call: build .*--release' "$notes"/cargo.* || fail 'without ASHLAR, the program was not built'
printf 'test-release-calls: all of it came out as it must\n'
