# SPDX-License-Identifier: Apache-2.0 OR MIT
#
# Reads kbuild's .cmd files and says how bzImage is made from vmlinux: every command in the order in
# which it must run (file `commands`), and every file that the commands read (file `inputs`).
#
# make cannot be asked to do this again: with equal times on all files it takes what it has made from
# another vmlinux for up to date.
#
# Usage, in the kernel's tree: gawk -v out=DIRECTORY -f boot-wrapper.awk CMD-FILES…

# A .cmd file: "savedcmd_TARGET := COMMAND", "source_TARGET := FILE", then one dependency a line.
/^savedcmd_/ {
    target = normal(substr($1, length("savedcmd_") + 1))
    command[target] = substr($0, index($0, " := ") + 4)
    gsub(/\$\(pound\)/, "#", command[target])
    gsub(/\$\$/, "$", command[target])
}
/^source_/ { reads[target][normal($3)] }
/^  [^ $].* \\$/ { reads[target][normal($1)] }

function normal(path) {
    sub(/^\.\//, "", path)
    while (match(path, /[^\/]+\/\.\.\//)) path = substr(path, 1, RSTART - 1) substr(path, RSTART + RLENGTH)
    return path
}

function is_file(path) { return path !~ /^\// && system("test -f '" path "'") == 0 }

# Everything that `target` needs, into `order`, before `target` itself.
function visit(target,    words, n, i, path, needed) {
    if (target in done) return
    done[target]
    n = split(command[target], words, /[ ;]+/)
    for (i = 1; i <= n; i++) if (words[i] ~ /^[A-Za-z0-9_.\/+-]+$/) needed[normal(words[i])]
    for (path in reads[target]) needed[path]
    n = asorti(needed, words)
    for (i = 1; i <= n; i++) {
        path = words[i]
        if (path in command) visit(path)
        else if (!(path in seen)) { seen[path]; if (is_file(path)) inputs[path] }
    }
    order[++count] = target
}

END {
    visit("arch/x86/boot/bzImage")
    for (i = 1; i <= count; i++) print command[order[i]] >(out "/commands")
    # Left out of every .cmd file, since each configuration option stands there instead.
    inputs["include/generated/autoconf.h"]
    n = asorti(inputs, sorted)
    for (i = 1; i <= n; i++) print sorted[i] >(out "/inputs")
}
