# cmake: in, options.
here=${0%.sh}
folder=$(cat "$here/in")
triple=$(cat "$here/triple")
build=/build/$(basename "$folder")-cmake
set -- -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR="${triple%%-*}" \
    -DCMAKE_C_COMPILER="$triple-cc" -DCMAKE_CXX_COMPILER="$triple-c++" \
    -DCMAKE_FIND_ROOT_PATH="$TARGET" -DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY \
    -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY -DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=ONLY \
    -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_INSTALL_SYSCONFDIR=/etc -DCMAKE_BUILD_TYPE=None \
    -DCMAKE_SKIP_RPATH=ON -DFETCHCONTENT_FULLY_DISCONNECTED=ON
while IFS= read -r word; do set -- "$@" "$word"; done <"$here/options"
cmake -S "$folder" -B "$build" "$@"
cmake --build "$build" --parallel "$JOBS"
DESTDIR="$OUT" cmake --install "$build"
