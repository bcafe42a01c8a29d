# go: in, modules, packages, tags, ldflags.
here=${0%.sh}
modules=$(cat "$here/modules")
cd "$(cat "$here/in")"
export GOPROXY="file:///sources/$modules" GOSUMDB=off GOFLAGS=-mod=mod GOTOOLCHAIN=local GOPATH=/build/go GOCACHE=/build/go-cache \
    CGO_ENABLED=0
tags=$(tr '\n' ',' <"$here/tags")
flags='-s -w -buildid='
while IFS= read -r word; do flags="$flags $word"; done <"$here/ldflags"
while IFS= read -r package; do
    go build -trimpath -buildvcs=false -buildmode=pie -p "$JOBS" -tags "${tags%,}" -ldflags "$flags" \
        -o "/build/go-programs/${package##*/}" "$package"
    install -D -m 755 "/build/go-programs/${package##*/}" "$OUT/usr/bin/${package##*/}"
done <"$here/packages"
