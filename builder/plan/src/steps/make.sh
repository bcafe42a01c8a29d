# make: in, make, install.
here=${0%.sh}
cd "$(cat "$here/in")"
set --
while IFS= read -r word; do set -- "$@" "$word"; done <"$here/make"
make -j"$JOBS" "$@"
set --
while IFS= read -r word; do set -- "$@" "$word"; done <"$here/install"
if [ $# -gt 0 ]; then make "$@" DESTDIR="$OUT"; fi
