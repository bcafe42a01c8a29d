# go: in, modules, packages, tags, ldflags, to, licenses.
here=${0%.sh}
modules=$(cat "$here/modules")
folder=$(cat "$here/in")
triple=$(cat "$here/triple")
programs=/build/go-programs-$(basename "$here")
export GOPROXY="file:///sources/$modules" GOSUMDB=off GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local GOPATH=/build/go \
    GOCACHE=/build/go-cache GOBIN="$programs" CGO_ENABLED=1 CC="$triple-cc" PKG_CONFIG="$triple-pkg-config"
tags=netgo,osusergo
while IFS= read -r tag; do tags=$tags,$tag; done <"$here/tags"
flags=
while IFS= read -r word; do flags="$flags$word "; done <"$here/ldflags"
# Go's own linker cannot make a position-independent program that starts without a loader. The last flag of a name counts.
flags="$flags-s -w -buildid= -linkmode=external -extldflags=-static-pie"
if [ -n "$folder" ]; then cd "$folder"; fi
set --
while IFS= read -r package; do set -- "$@" "$package"; done <"$here/packages"
go install -trimpath -buildvcs=false -buildmode=pie -p "$JOBS" -tags "$tags" -ldflags "$flags" "$@"
for program in "$programs"/*; do
    install -D -m 755 "$program" "$OUT/$(cat "$here/to")/${program##*/}"
done
licenses=$(cat "$here/licenses")
if [ -z "$licenses" ]; then exit 0; fi

# Texts of the module in folder $1, for what is called $2. A module's parts can have texts of their own.
texts() {
    cd "$1"
    find . -type f ! -name '*.go' ! -path '*/testdata/*' \
        \( -iname 'licen[cs]e*' -o -iname 'copying*' -o -iname 'notice*' -o -iname 'copyright*' -o -iname 'patents*' \) \
        -exec sh -euc 'for file; do install -D -m 644 "$file" "$0/${file#./}"; done' "$OUT/$licenses/$2" '{}' +
    if [ ! -e "$OUT/$licenses/$2" ]; then echo "go: module $2 has no licence" >&2; exit 1; fi
}
if [ -n "$folder" ]; then (texts "$folder" main); fi
# Programs know their modules: those with a hash lie in the module cache, where capital letters are escaped.
go version -m "$programs" | sed -n 's/^\t\(mod\|dep\|=>\)\t\([^\t]*\)\t\([^\t]*\)\th1:.*/\2@\3/p' | sort -u >/build/go-modules
while IFS= read -r module; do
    escaped=$(printf '%s\n' "$module" | sed 's/[A-Z]/!\l&/g')
    (texts "/build/go/pkg/mod/$escaped" "$module")
done </build/go-modules
(texts "$(dirname /usr/share/doc/golang-*-go/copyright)" go)
