#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Runs every job of a release in order, as CI would, with only a shell: `sh ci/test-release.sh [IMAGE]`.
#
# ASHLAR is the program under test, by an absolute path. ASHLAR_STORE is the store of all jobs but compare and audit, which have
# empty ones; COMPARE_IN_STORE=yes and AUDIT_ARGUMENTS=--use-store save the time of these builds, and show less. Everything else is
# made in a temporary folder, and removed. Needs git, openssl, tar, and find, grep and coreutils as GNU has them. Files that git does
# not know are part of what is released here, but for ignored ones.
#
# Then it attacks `publish`: a retry, another release of the same version, both at once, a job that is killed at each step. At last it
# looks for the publisher's key in all that the jobs wrote.
# Ends with 0 if all of it came out as it must.
set -eu

export LC_ALL=C
image=${1:-qemu}
case $0 in
*/*) cd "${0%/*}/.." ;;
*) cd .. ;;
esac
: "${ASHLAR:?names the program under test}"

folder=$(mktemp -d "${TMPDIR:-/var/tmp}/ashlar-test-release.XXXXXX")
clean() {
    chmod -R u+w "$folder" || :
    rm -rf "$folder"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf 'test-release: %s\n' "$*"; }
fail() {
    say "FAILED: $*" >&2
    exit 1
}

# What a runner checks out: every file of this checkout, committed.
checkout=$folder/checkout
mkdir "$checkout" "$folder/home" "$folder/tmp" "$folder/published" "$folder/output"
git ls-files -z --cached --others --exclude-standard >"$folder/files"
# A file that was removed and not yet committed is still listed.
tar --create --file - --null --files-from "$folder/files" --ignore-failed-read 2>"$folder/tar" | tar --extract --file - --directory "$checkout"
git -C "$checkout" init --quiet
git -C "$checkout" add --all
git -C "$checkout" -c user.name=test -c user.email=test@example.invalid commit --quiet --message 'test: all of it'

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$folder/key.pem" 2>"$folder/openssl"
openssl pkey -in "$folder/key.pem" -pubout -out "$folder/public.pem"

# In a home of its own, rustup must be told where the machine's cargo is, which ashlar may ask for crates.
if [ -z "${RUSTUP_HOME-}" ] && [ -d "${HOME-}/.rustup" ]; then RUSTUP_HOME=$HOME/.rustup; fi

# A job in surroundings of its own, and with the secret only where the pipeline gives it. What it says is in the file `output`.
version=0.0.1-test
job() {
    job=$1
    shift
    set -- "PATH=$PATH" "HOME=$folder/home" "TMPDIR=$folder/tmp" "ASHLAR=$ASHLAR" "IMAGE=$image" "VERSION=$version" \
        "AUDIT_FOLDER=$folder/tmp" "PUBLISH_TO=$folder/published" "$@"
    for name in ASHLAR_STORE ASHLAR_APT AUDIT_ARGUMENTS CARGO CARGO_HOME COMPARE_IN_STORE RELEASE_ARGUMENTS RUSTUP_HOME; do
        eval "value=\${$name-}"
        if [ -n "$value" ]; then set -- "$name=$value" "$@"; fi
    done
    case $job in
    ceremony) set -- "PUBLISHER_KEY=$(cat "$folder/key.pem")" "$@" ;;
    verify | audit | publish) set -- "PUBLISHER_PUBLIC=$(cat "$folder/public.pem")" "$@" ;;
    esac
    output=$(mktemp "$folder/output/$job.XXXXXX")
    env -i "$@" sh "$checkout/ci/release.sh" "$job" >"$output" 2>&1
}
run() {
    say "$1"
    code=0
    job "$@" || code=$?
    cat "$output"
    [ "$code" -eq 0 ] || fail "$1 ended with $code"
}
# A job that must be refused for the reason that is given first: who fails for another one has refused nothing.
refused() {
    reason=$1
    shift
    say "$1 must be refused: $reason"
    if job "$@"; then fail "$1 was done"; fi
    cat "$output"
    grep -qF -e "$reason" "$output" || fail "$1 was refused for another reason"
}
# The one release of this version: its path is in `release`, its name in `id`.
find_release() {
    set -- "$checkout/releases/$image/$version"/*
    release=$1
    id=${1##*/}
}
# Everything that is published under this id, as one digest.
state() {
    (cd "$folder/published/$id" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
}
# A release that another ceremony made: the same version, another certificate.
another_ceremony() {
    rm -rf "$checkout/releases/$image/$version"
    run ceremony
}

refused "take '../1' as a version" ceremony VERSION=../1
refused 'find PUBLISHER_KEY: set it' ceremony PUBLISHER_KEY=
refused 'find one release in' verify
refused 'find release-digests: build first' compare
run build
run compare
cp "$checkout/release-digests" "$folder/digests"
echo "0000  another artifact" >>"$checkout/release-digests"
refused 'get the same artifacts twice' compare
mv "$folder/digests" "$checkout/release-digests"
run ceremony
find_release
run verify
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 2>"$folder/openssl" | openssl pkey -pubout -out "$folder/other.pem"
refused 'over this manifest' verify PUBLISHER_PUBLIC="$(cat "$folder/other.pem")"
refused 'find PUBLISHER_PUBLIC: set it' verify PUBLISHER_PUBLIC=
run audit
refused "find the folder ''" publish PUBLISH_TO=
refused "find the folder '$folder/nowhere'" publish PUBLISH_TO="$folder/nowhere"

say 'publish, three jobs at once'
for name in a b c; do
    (job publish || { say "ended with $?" && cat "$output"; } >"$folder/lost-$name") &
done
wait
for name in a b c; do
    if [ -e "$folder/lost-$name" ]; then
        cat "$folder/lost-$name"
        fail 'jobs that publish the same release must all be content'
    fi
done
before=$(state)
(cd "$folder/published/$id" && sha256sum --check --quiet SHA256SUMS)

run publish
test "$(state)" = "$before" || fail 'a retry changed what is published'

say 'another ceremony for a version that is published'
another_ceremony
refused 'another release has this version' publish
test "$(state)" = "$before" || fail 'a second release changed the first'

say 'two ceremonies race for a version'
version=0.0.2-test
run ceremony
find_release
cp -R "$checkout" "$folder/second"
first=$checkout
checkout=$folder/second
another_ceremony
(job publish && echo second >"$folder/won-second") &
checkout=$first
(job publish && echo first >"$folder/won-first") &
wait
winner=$(cat "$folder"/won-*) || fail "neither was published: $(cat "$folder"/output/publish.*)"
case $winner in
first) ;;
second) checkout=$folder/second ;;
*) fail 'both were published' ;;
esac
diff -r "$checkout/releases/$image/$version/$id" "$folder/published/$id" || fail 'what is published is not what won'

# Publishes by a job that is killed by the program that it starts: before it did its work, after that, or with a part of it done.
# A clock would kill too early or too late. Then another job tries again.
killed() {
    say "a job that is killed $1 $2"
    rm -rf "$folder/stops" "$folder/killed"
    mkdir "$folder/stops" "$folder/killed"
    # shellcheck disable=SC2016 # lines of a script
    case $1 in
    before) work=: ;;
    after) work="$2"' "$@"' ;;
    within) work='mkdir "$3" && cp "$2/manifest.json" "$3"' ;;
    esac
    # shellcheck disable=SC2016 # a line of a script
    printf '#!/bin/sh\nPATH="%s"\n%s\nkill -KILL "$PPID"\n' "$PATH" "$work" >"$folder/stops/$2"
    chmod +x "$folder/stops/$2"
    program=$ASHLAR
    if [ "$2" = ashlar ]; then program=$folder/stops/ashlar; fi
    code=0
    job publish "PATH=$folder/stops:$PATH" "ASHLAR=$program" "PUBLISH_TO=$folder/killed" || code=$?
    [ "$code" -eq 137 ] || fail "a job that should be killed $1 $2 ended with $code: $(cat "$output")"
    [ -n "$(ls -A "$folder/killed/.incoming")" ] || fail "a job that was killed $1 $2 left nothing of its work"
    if [ "$1 $2" = 'after mv' ]; then
        diff -r "$release" "$folder/killed/$id" || fail "a job that was killed $1 $2 published something else"
    elif [ -e "$folder/killed/$id" ]; then
        fail "a job that was killed $1 $2 published something"
    fi
    run publish "PUBLISH_TO=$folder/killed"
    diff -r "$release" "$folder/killed/$id" || fail "after a job was killed $1 $2, something else is published"
}
version=0.0.3-test
run ceremony
find_release
killed before ln
killed after ln
killed within cp
# It verifies the copy.
killed before ashlar
killed before mv
killed after mv

say 'no key is left'
# Two lines of its text, with all of the private number in them; the public one begins in the second, and goes on behind.
secret=$(sed -n 2,3p "$folder/key.pem")
# That the file with the key is found shows that the search finds.
code=0
found=$(grep -rlF -e "$secret" "$folder") || code=$?
[ "$code" -eq 0 ] || fail "the search for the key ended with $code"
[ "$found" = "$folder/key.pem" ] || fail "a private key is in more files than its own: $found"

# In the store, all that was written since; checkouts are links of blobs, and what other processes remove while it is read is left
# out. The key itself comes last, and only if everything before it was read.
store=${ASHLAR_STORE:-$folder/home/.cache/ashlar/store}
count=$({
    find "$store" -ignore_readdir_race -type d '(' -path "$store/checkouts" -o -path "$store/locks" -o -path "$store/partial" \
        -o -path "$store/tmp" ')' -prune -o -type f -cnewer "$folder/key.pem" -exec cat '{}' + &&
        cat "$folder/key.pem"
} | grep -acF -e "$secret") || fail "the search for the key in $store ended with $?"
[ "$count" -eq 2 ] || fail "a private key was left in $store"
say 'all of it came out as it must'
