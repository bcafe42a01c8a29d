#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Brings the foreign readers of our SBOM documents: the SPDX project's and CycloneDX's validators, grype and syft.
#
# Needs python3 (3.10 or newer, with venv) and go; both fetch from where the machine's own settings of pip and go say. Every
# file is pinned: python/requirements.txt has the digests of packages, scanners/go.mod the versions of modules and go.sum their digests. What is there
# already is left alone, so a second run needs no network; what a run that was killed left behind is made again.
# Goes into the folder of ASHLAR_SBOM_READERS, or else into ashlar-sbom-readers in the user's cache folder. README.md has the times.
set -eu

case $0 in
*/*) cd "${0%/*}" ;;
esac
cache=${ASHLAR_SBOM_READERS:-${XDG_CACHE_HOME:-${HOME:?say in ASHLAR_SBOM_READERS where to put the programs}/.cache}/ashlar-sbom-readers}
case $cache in
/*) ;;
*)
    printf 'sbom-readers: %s is no absolute path: name one in ASHLAR_SBOM_READERS\n' "$cache" >&2
    exit 1
    ;;
esac

step='look at what is there'
ended() {
    code=$?
    if [ "$code" -ne 0 ]; then
        printf 'sbom-readers: failed to %s; mend that and run it again, what is finished stays\n' "$step" >&2
    fi
    exit "$code"
}
trap ended EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() {
    printf 'sbom-readers: %s\n' "$1"
}

# Whether what lies in the folder $1 was made from the pins of today, which are in the other files.
is_of() {
    folder=$1
    shift
    cat "$@" | cmp -s "$cache/$folder/pins" -
}

# Begins the folder $1 beside its place, under a name of this run's own: a part of a run that was killed may still write to its own.
begin() {
    rm -rf "${cache:?}/$1.new."* 2>/dev/null || :
    new=$cache/$1.new.$$
    mkdir -p "$new"
}

# Puts the folder $1 in its place, with the pins that it was made from, which are in the other files.
end() {
    folder=$1
    shift
    cat "$@" >"$new/pins"
    rm -rf "${cache:?}/$folder"
    mv "$new" "$cache/$folder"
    say "$folder: done"
}

# A venv is of no use once the python3 that it was made by is gone.
if ! is_of python python/requirements.txt || ! "$cache/python/venv/bin/python" -I -c 'import spdx_tools' 2>/dev/null; then
    step='find python3: install Python 3.10 or newer with its venv (Debian: python3-venv)'
    python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
    step='install the validators of python/requirements.txt'
    say 'python: the validators, some 40 packages through pip'
    begin python
    python3 -m venv "$new/venv"
    "$new/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check --no-deps \
        --only-binary :all: --require-hashes --requirement python/requirements.txt
    end python python/requirements.txt
fi

if ! is_of scanners scanners/go.mod scanners/go.sum; then
    step='find go: install Go 1.26 or newer (https://go.dev/dl/; Debian: golang-go from backports)'
    go version >/dev/null 2>&1
    begin scanners
    for name in grype syft; do
        step="build $name from scanners/go.mod"
        module=github.com/anchore/$name
        version=$(cd scanners && GOWORK=off go list -m -f '{{.Version}}' "$module")
        say "scanners: $name $version, from source: minutes for the first, seconds for the second"
        (cd scanners && GOWORK=off CGO_ENABLED=0 GOFLAGS=-mod=readonly go build -trimpath -buildvcs=false \
            -ldflags "-s -w -X main.version=$version" -o "$new/$name" "$module/cmd/$name")
    done
    end scanners scanners/go.mod scanners/go.sum
fi
step='end'
say "all there, in $cache"
