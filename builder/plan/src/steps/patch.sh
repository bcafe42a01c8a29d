# patch: in, sources, strip.
here=${0%.sh}
strip=$(cat "$here/strip")
cd "$(cat "$here/in")"
apply() {
    echo "patch: ${1#/sources/}"
    patch --batch --forward --fuzz=0 --strip="$strip" <"$1"
}
while IFS= read -r source; do
    if [ -d "/sources/$source" ]; then
        # The folder's own order is the machine's.
        for patch in "/sources/$source"/*.patch; do apply "$patch"; done
    else
        apply "/sources/$source"
    fi
done <"$here/sources"
