# SPDX-License-Identifier: Apache-2.0 OR MIT
#
# Reads kbuild's .cmd files and says for every object of the kernel which sources and headers it was
# compiled from. Lines, each kind in byte order:
#
#     file NUMBER PATH                 a source or header of the tree; numbers from 1
#     object PATH NUMBER NUMBER…       an object, and the files that the compiler read for it
#
# Usage, in the kernel's tree: gawk -f evidence.awk CMD-FILES…

/^savedcmd_/ { object = ""; if ($1 ~ /\.o$/) object = substr($1, length("savedcmd_") + 1) }
object == "" { next }
/^source_/ { take($3) }
/^  [^ $].* \\$/ { take($1) }

function take(path) {
    while (match(path, /[^\/]+\/\.\.\//)) path = substr(path, 1, RSTART - 1) substr(path, RSTART + RLENGTH)
    if (path ~ /^\//) return    # of the compiler, not of the kernel
    files[path]
    read[object][path]
}

END {
    n = asorti(files, sorted)
    for (i = 1; i <= n; i++) { number[sorted[i]] = i; print "file", i, sorted[i] }
    n = asorti(read, objects)
    for (i = 1; i <= n; i++) {
        line = "object " objects[i]
        m = asorti(read[objects[i]], paths)
        for (j = 1; j <= m; j++) line = line " " number[paths[j]]
        print line
    }
}
