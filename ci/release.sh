#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# The jobs of a release, one a call: build, compare, ceremony, verify, audit, publish; each a target of the justfile.
#
# A job may run on a machine of its own: it takes what earlier jobs left in the checkout, and nothing else of them.
#
#   job        takes                        leaves
#   build      the checkout                 release-digests
#   compare    release-digests              nothing: its own build gave the same, before there is any key
#   ceremony   the checkout                 releases/<image>/<version>/<release id>/
#   verify     the release                  nothing
#   audit      the release                  nothing: a fresh clone and an empty store gave the same
#   publish    the release                  $PUBLISH_TO/<release id>/
#
# Variables: IMAGE (qemu), VERSION, ASHLAR (the program; else cargo runs it), ASHLAR_STORE.
#   ceremony: PUBLISHER_KEY, the private key as PEM text, a secret; † RELEASE_ARGUMENTS, further words for `ashlar release`
#   verify, audit, publish: PUBLISHER_PUBLIC, the public key as PEM text
#   audit: † AUDIT_FOLDER for clone and store (/var/tmp); † AUDIT_ARGUMENTS, further words for `ashlar audit`
#   publish: PUBLISH_TO, a folder that is there
# Those marked † may be absent.
#
# Nothing else than a shell, coreutils, git and cargo. Ends with 0, or with the code of what failed.
set -eu

export LC_ALL=C
case $0 in
*/*) cd "${0%/*}/.." ;;
*) cd .. ;;
esac

# No program that is started here inherits the secret. It still stands in what /proc shows of this shell and of its parent, and in a
# private file while the release is built: the runner must run nothing else as this user.
publisher_key=${PUBLISHER_KEY-}
unset PUBLISHER_KEY

fail() {
    printf 'release: failed to %s\n' "$1" >&2
    exit 1
}

# Folders that end with this job, however it ends but by SIGKILL.
private=
audit=
incoming=
clean() {
    # Artifacts in a store are read-only.
    if [ -n "$audit" ]; then chmod -R u+w "$audit" || :; fi
    for folder in "$private" "$audit" "$incoming"; do
        if [ -n "$folder" ]; then rm -rf "$folder"; fi
    done
}
trap clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

ashlar() {
    if [ -n "${ASHLAR-}" ]; then
        "$ASHLAR" "$@"
    else
        cargo run --quiet --locked --release -- "$@"
    fi
}

# A folder with mode 0700: where TMPDIR says, else in memory, so that what SIGKILL leaves ends with the machine.
private_folder() {
    if [ -n "$private" ]; then return; fi
    place=${TMPDIR:-/dev/shm}
    if [ ! -d "$place" ] || [ ! -w "$place" ]; then place=/tmp; fi
    private=$(mktemp -d "$place/ashlar-release.XXXXXX")
}

# A text as a file that nobody else can read. Its path is in `file`.
private_file() {
    [ -n "$2" ] || fail "find $3: set it"
    private_folder
    file=$private/$1
    (umask 077 && printf '%s\n' "$2" >"$file")
}

trusted() {
    private_file publisher.pem "${PUBLISHER_PUBLIC-}" PUBLISHER_PUBLIC
    trust=$file
}

# The one release of this image and version. Its path is absolute, in `release`.
find_release() {
    version
    set -- "$PWD/releases/$image/$VERSION"/*
    if [ $# -ne 1 ] || [ ! -d "$1" ]; then
        fail "find one release in releases/$image/$VERSION: hold the ceremony first"
    fi
    release=$1
}

# Both become parts of paths.
image=${IMAGE:-qemu}
case $image in
[!a-z]* | *[!a-z0-9-]*) fail "take $image as the name of an image" ;;
esac
version() {
    case ${VERSION:-} in
    '' | [!0-9A-Za-z]* | *[!0-9A-Za-z.+~-]*) fail "take '${VERSION-}' as a version: set VERSION" ;;
    esac
    [ ${#VERSION} -le 64 ] || fail "take a version of ${#VERSION} characters"
}

build() {
    ashlar build "$image" >release-digests.new
    mv release-digests.new release-digests
    cat release-digests
}

compare() {
    [ -f release-digests ] || fail "find release-digests: build first"
    private_folder
    ashlar build "$image" >"$private/digests"
    cmp release-digests "$private/digests" || fail "get the same artifacts twice: there will be no ceremony"
}

ceremony() {
    version
    private_file publisher-key.pem "$publisher_key" PUBLISHER_KEY
    publisher_key=
    mkdir -p "releases/$image/$VERSION"
    # shellcheck disable=SC2086 # words
    ashlar release "$image" --version "$VERSION" --output "releases/$image/$VERSION" --publisher-key "$file" \
        ${RELEASE_ARGUMENTS-}
}

verify() {
    find_release
    trusted
    ashlar verify "$release" --trust "$trust"
}

# By what is committed, not by what lies about: a clone, and the program built from it unless one is given.
audit() {
    find_release
    trusted
    audit=$(mktemp -d "${AUDIT_FOLDER:-/var/tmp}/ashlar-audit.XXXXXX")
    git clone --quiet --no-hardlinks --no-checkout "$PWD" "$audit/clone"
    git -C "$audit/clone" checkout --quiet --detach "$(git rev-parse HEAD)"
    cd "$audit/clone"
    # shellcheck disable=SC2086 # words
    ashlar audit "$release" --trust "$trust" --folder "$audit" ${AUDIT_ARGUMENTS-}
}

# Whether the release that is published under this id is this one.
published() {
    cmp -s "$release/manifest.json" "$PUBLISH_TO/$id/manifest.json"
}

# One version is one release for ever, whoever is killed, tries again or runs at the same time:
#
#   .claims/<release id>            sha256 of the manifest that may be published under this id; never removed
#   .incoming/<release id>.XXXXXX/  a copy that is being made; what a killed job left is never read
#   <release id>/                   published: it is renamed here, whole and verified
#
# The claim is a hard link, which is made at once with its content or not at all. A claim by `mkdir` would be
# empty for a moment, and who is killed in it would leave the version to everybody or to nobody.
publish() {
    find_release
    trusted
    [ -d "${PUBLISH_TO-}" ] || fail "find the folder '${PUBLISH_TO-}': PUBLISH_TO names one that is there"
    id=${release##*/}
    mkdir -p "$PUBLISH_TO/.claims" "$PUBLISH_TO/.incoming"
    incoming=$(mktemp -d "$PUBLISH_TO/.incoming/$id.XXXXXX")

    sha256sum <"$release/manifest.json" >"$incoming/claim"
    claim=$PUBLISH_TO/.claims/$id
    if ! ln "$incoming/claim" "$claim" 2>"$incoming/reason"; then
        [ -f "$claim" ] || fail "claim $id: $(cat "$incoming/reason")"
        cmp -s "$incoming/claim" "$claim" || fail "publish $id: another release has this version; take the next one"
    fi
    if published; then
        printf 'release: %s is published already\n' "$id"
        return
    fi

    cp -R "$release" "$incoming/$id"
    ashlar verify "$incoming/$id" --trust "$trust"
    sync
    # -T: into a folder that is there, mv would move it below that one.
    if mv -T "$incoming/$id" "$PUBLISH_TO/$id" 2>"$incoming/reason"; then
        sync
        printf 'release: published %s\n' "$id"
    else
        published || fail "publish $id: $(cat "$incoming/reason")"
        printf 'release: %s was published by another job\n' "$id"
    fi
}

case ${1-} in
build | compare | ceremony | verify | audit | publish) "$1" ;;
*) fail "take '${1-}' as a job: build, compare, ceremony, verify, audit or publish" ;;
esac
