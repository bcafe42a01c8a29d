#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Runs every job of a release in order, as CI would, with only a shell: `sh ci/test-release.sh [IMAGE]`.
#
# ASHLAR is the program under test, by an absolute path. ASHLAR_STORE is the store of all jobs but audit, which has an
# empty one: AUDIT_ARGUMENTS=--use-store saves the time of that build. Everything else is made in a temporary folder, and removed. Needs git, coreutils
# and openssl. Files that git does not know are part of what is released here, but for ignored ones.
#
# Then it attacks `publish`: a retry, another release of the same version, both at once, a job that is killed.
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
mkdir "$checkout" "$folder/home" "$folder/tmp" "$folder/published"
git ls-files -z --cached --others --exclude-standard >"$folder/files"
# A file that was removed and not yet committed is still listed.
tar --create --file - --null --files-from "$folder/files" --ignore-failed-read 2>"$folder/tar" | tar --extract --file - --directory "$checkout"
git -C "$checkout" init --quiet
git -C "$checkout" add --all
git -C "$checkout" -c user.name=test -c user.email=test@example.invalid commit --quiet --message 'test: all of it'

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$folder/key.pem" 2>"$folder/openssl"
openssl pkey -in "$folder/key.pem" -pubout -out "$folder/public.pem"

# A job in surroundings of its own, and with the secret only where the pipeline gives it.
version=0.0.1-test
job() {
    job=$1
    shift
    set -- "PATH=$PATH" "HOME=$HOME" "TMPDIR=$folder/tmp" "ASHLAR=$ASHLAR" "IMAGE=$image" "VERSION=$version" \
        "AUDIT_FOLDER=$folder/tmp" "PUBLISH_TO=$folder/published" "$@"
    for name in ASHLAR_STORE ASHLAR_APT AUDIT_ARGUMENTS RELEASE_ARGUMENTS; do
        eval "value=\${$name-}"
        if [ -n "$value" ]; then set -- "$@" "$name=$value"; fi
    done
    case $job in
    ceremony) set -- "PUBLISHER_KEY=$(cat "$folder/key.pem")" "$@" ;;
    verify | audit | publish) set -- "PUBLISHER_PUBLIC=$(cat "$folder/public.pem")" "$@" ;;
    esac
    env -i "$@" sh "$checkout/ci/release.sh" "$job"
}
run() {
    say "$*"
    job "$@" || fail "$* ended with $?"
}
refused() {
    say "$1 must be refused"
    if job "$@" >"$folder/output" 2>&1; then fail "$* was done"; fi
    cat "$folder/output"
}
# Everything that is published under this id, as one digest.
state() {
    (cd "$folder/published/$id" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
}
# A release that another ceremony made: the same version, another certificate.
another_ceremony() {
    rm -rf "$checkout/releases/$image/$version"
    job ceremony
}

refused ceremony VERSION=../1
refused verify
run build
run compare
cp "$checkout/release-digests" "$folder/digests"
echo "0000  another artifact" >>"$checkout/release-digests"
refused compare
mv "$folder/digests" "$checkout/release-digests"
run ceremony
set -- "$checkout/releases/$image/$version"/*
id=${1##*/}
run verify
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 2>"$folder/openssl" | openssl pkey -pubout -out "$folder/other.pem"
refused verify PUBLISHER_PUBLIC="$(cat "$folder/other.pem")"
run audit

say 'publish, three jobs at once'
for name in a b c; do
    (job publish >"$folder/publish-$name" 2>&1 || echo "ended with $?" >>"$folder/publish-$name") &
done
wait
if cat "$folder"/publish-? | grep 'ended with'; then fail 'jobs that publish the same release must all be content'; fi
before=$(state)
(cd "$folder/published/$id" && sha256sum --check --quiet SHA256SUMS)

run publish
test "$(state)" = "$before" || fail 'a retry changed what is published'

say 'another ceremony for a version that is published'
another_ceremony
refused publish
test "$(state)" = "$before" || fail 'a second release changed the first'

say 'two ceremonies race for a version'
version=0.0.2-test
job ceremony
set -- "$checkout/releases/$image/$version"/*
id=${1##*/}
cp -R "$checkout" "$folder/second"
first=$checkout
checkout=$folder/second
another_ceremony
(job publish >"$folder/publish-second" 2>&1 && echo second >"$folder/won-second") &
checkout=$first
(job publish >"$folder/publish-first" 2>&1 && echo first >"$folder/won-first") &
wait
winner=$(cat "$folder"/won-*) || fail 'neither was published'
case $winner in
first) other=$folder/second ;;
second) other=$first checkout=$folder/second ;;
*) fail 'both were published' ;;
esac
diff -r "$checkout/releases/$image/$version/$id" "$folder/published/$id" || fail 'what is published is not what won'

say 'a job that is killed while it publishes'
version=0.0.3-test
another_ceremony
set -- "$checkout/releases/$image/$version"/*
id=${1##*/}
for moment in 0.05 0.2 0.5 1; do
    timeout --signal KILL "$moment" env -i "PATH=$PATH" "HOME=$HOME" "TMPDIR=$folder/tmp" "ASHLAR=$ASHLAR" "IMAGE=$image" \
        "VERSION=$version" "PUBLISH_TO=$folder/published" "PUBLISHER_PUBLIC=$(cat "$folder/public.pem")" \
        sh "$checkout/ci/release.sh" publish >"$folder/output" 2>&1 || :
    if [ -e "$folder/published/$id" ]; then
        diff -r "$checkout/releases/$image/$version/$id" "$folder/published/$id" || fail 'a killed job published a part'
    fi
done
run publish
diff -r "$checkout/releases/$image/$version/$id" "$folder/published/$id" || fail 'after a killed job, something else is published'

say 'no key is left'
secret=$(sed -n 2p "$folder/key.pem")
if grep -rlF "$secret" "$checkout" "$other" "$folder/published" "$folder/tmp"; then fail 'a private key was left'; fi
say 'all of it came out as it must'
