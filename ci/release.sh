#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# The jobs of a release, one a call: build, compare, ceremony, verify, audit, publish; each a target of the justfile.
#
# A job may run on a machine of its own: it takes what earlier jobs left in the checkout, and nothing else of them.
#
#   job        takes                        leaves
#   build      the checkout                 release-digests
#   compare    release-digests              nothing: a build in an empty store gave the same, before there is any key
#   ceremony   the checkout                 releases/<image>/<version>/<release id>/
#   verify     the release                  nothing
#   audit      the release                  nothing: a fresh clone and an empty store gave the same
#   publish    the release                  $PUBLISH_TO/<release id>/
#
# Variables: IMAGE (qemu), VERSION, ASHLAR (the program; else cargo builds it from the checkout), ASHLAR_STORE.
#   compare: † COMPARE_IN_STORE=yes, for tests: in the usual store, where nothing is built again and nothing can differ
#   ceremony: PUBLISHER_KEY, the private key as PEM text, a secret; † RELEASE_ARGUMENTS, further words for `ashlar release`
#   verify, audit, publish: PUBLISHER_PUBLIC, the public key as PEM text
#   audit: † AUDIT_ARGUMENTS, further words for `ashlar audit`
#   compare, audit: † AUDIT_FOLDER, where the second build has its clone and its store (/var/tmp)
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

# No program that is started here inherits the secret, and it is in no file: a pipe takes it to `ashlar release` alone. It still
# stands in what /proc shows of this shell and of its parent: the runner must run nothing else as this user. Where cargo builds
# ashlar, build scripts of crates run as this user too; where ASHLAR is given, none do.
publisher_key=${PUBLISHER_KEY-}
unset PUBLISHER_KEY

fail() {
    printf 'release: failed to %s\n' "$1" >&2
    exit 1
}

# Folders that end with this job, however it ends but by SIGKILL.
scratch=
rebuild=
incoming=
clean() {
    # Artifacts in a store are read-only.
    if [ -n "$rebuild" ]; then chmod -R u+w "$rebuild" || :; fi
    for folder in "$scratch" "$rebuild" "$incoming"; do
        if [ -n "$folder" ]; then rm -rf "$folder"; fi
    done
}
trap clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# The program, in `program`: the one that is given, else the one that this folder's sources make. It is called by its path, never
# through `cargo run`: cargo and all that it starts would hold the same pipe.
find_program() {
    program=${ASHLAR-}
    if [ -n "$program" ]; then return; fi
    target=${CARGO_TARGET_DIR:-target}
    cargo build --quiet --locked --release --target-dir "$target" </dev/null
    program=$target/release/ashlar
}

# A folder for small files that are no secret, in `scratch`.
make_scratch() {
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/ashlar-release.XXXXXX")
}

# A folder for the second build, with the place that a store needs, in `rebuild`.
make_rebuild() {
    rebuild=$(mktemp -d "${AUDIT_FOLDER:-/var/tmp}/ashlar-rebuild.XXXXXX")
}

# The publisher's public key as a file, in `trust`.
trusted() {
    [ -n "${PUBLISHER_PUBLIC-}" ] || fail 'find PUBLISHER_PUBLIC: set it'
    make_scratch
    trust=$scratch/publisher.pem
    printf '%s\n' "$PUBLISHER_PUBLIC" >"$trust"
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
    find_program
    "$program" build "$image" >release-digests.new
    mv release-digests.new release-digests
    cat release-digests
}

# In the store of the build job nothing would be built again, and whatever the build does would look the same twice. So no variable
# names a store here: it is a new one.
compare() {
    [ -f release-digests ] || fail 'find release-digests: build first'
    find_program
    make_scratch
    if [ "${COMPARE_IN_STORE-}" = yes ]; then
        "$program" build "$image" >"$scratch/digests"
        printf 'release: compared in the usual store, as COMPARE_IN_STORE says: nothing was built again\n'
    else
        make_rebuild
        "$program" --store "$rebuild" build "$image" >"$scratch/digests"
    fi
    cmp release-digests "$scratch/digests" || fail 'get the same artifacts twice: there will be no ceremony'
}

# `ashlar release` reads the key before it builds anything, and holds it until the manifest is signed: while modules are signed, and
# while sandboxes build what depends on their signatures. All else is built before it starts, so nothing else is run beside the key.
ceremony() {
    version
    [ -n "$publisher_key" ] || fail 'find PUBLISHER_KEY: set it'
    find_program
    "$program" build "$image" signing-agent >/dev/null
    mkdir -p "releases/$image/$VERSION"
    # shellcheck disable=SC2086 # words
    printf '%s\n' "$publisher_key" |
        "$program" release "$image" --version "$VERSION" --output "releases/$image/$VERSION" --publisher-key /dev/stdin \
            ${RELEASE_ARGUMENTS-}
}

verify() {
    find_release
    trusted
    find_program
    "$program" verify "$release" --trust "$trust"
}

# By what is committed, not by what lies about: a clone, and the program built from it unless one is given.
audit() {
    find_release
    trusted
    make_rebuild
    git clone --quiet --no-hardlinks --no-checkout "$PWD" "$rebuild/clone"
    git -C "$rebuild/clone" checkout --quiet --detach "$(git rev-parse HEAD)"
    cd "$rebuild/clone"
    find_program
    # shellcheck disable=SC2086 # words
    "$program" audit "$release" --trust "$trust" --folder "$rebuild" ${AUDIT_ARGUMENTS-}
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
    find_program
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
    "$program" verify "$incoming/$id" --trust "$trust"
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
