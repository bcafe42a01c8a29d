// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a build is told and tells: encodings of derivations, its record, the services of a root.

use crate::{Seed, two_parts};

const RECORD: &str = r#"{"build":{"format":"ashlar-build-record","schema":1,"what":["qemu"],"start_ms":1764105363123,"jobs":2}}
{"derivation":{"name":"package make","kind":"unpack-deb@1","needs":[],"hit":{"digest":"DIGEST","from":"store","at_ms":0}}}
{"derivation":{"name":"recipe <musl>","kind":"sandboxed","needs":[0]}}
{"derivation":{"name":"recipe zlib & more","kind":"sandboxed","needs":[0,1]}}
{"derivation":{"name":"recipe xz","kind":"sandboxed","needs":[2]}}
{"sources":{"begun_ms":4,"ended_ms":2031,"files":1}}
{"begun":{"derivation":1,"digest":"DIGEST","queued_ms":2031,"begun_ms":2031,"worker":0}}
{"ended":{"derivation":1,"ended_ms":9000,"outcome":"built","used":{"user_ms":2,"bytes_in":100,"bytes_out":10}}}
{"begun":{"derivation":2,"digest":"DIGEST","queued_ms":9000,"begun_ms":9001,"worker":1}}
{"ended":{"derivation":2,"ended_ms":9500,"outcome":"failed","reason":"<b>its steps ended with status 1","used":{}}}
{"end":{"ended_ms":9501,"succeeded":false}}
"#;
const SANDBOXED: &str = r#"ashlar-derivation 1
{"asserts":[{"kernel-config":{"file":"config"}}],"environment":{"CFLAGS":"-O2"},"epoch":1,"host":"x86_64-linux","outputs":[{"attributes":{},"name":"runtime","patterns":["**"]}],"sandbox":1,"sources":{"a":{"source":"DIGEST"},"b":{"tree":"DIGEST"}},"steps":[{"unpack":"a"},{"run":"make\n"},{"parameters":{"configure":["--a","--b"]},"run":"script\n","typed":"autotools"}],"sysroot":"DIGEST","target":"x86_64-linux","target_root":null,"tests":["true\n"]}
"#;
const BUILTIN: &str = r#"ashlar-derivation 1
{"arguments":{"name":"a","order":["b"]},"builtin":"merge@1","inputs":{"a":{"tree":"DIGEST"}}}
"#;
const SERVICES: &str = r#"{"schema":1,"services":[
{"name":"trial","kind":"once","run":["/usr/bin/ctr","run"],"env":{},"after":["containerd"],"ready":null,"start_seconds":120,"stop_seconds":10,"report":true},
{"name":"containerd","kind":"daemon","run":["/usr/bin/containerd"],"env":{"PATH":"/usr/bin"},"after":[],"ready":{"socket":"/run/c.sock"},"start_seconds":60,"stop_seconds":20,"report":false}]}
"#;

pub(crate) fn seeds() -> Vec<Seed> {
    let digest = |digit: &str, text: &str| text.replace("DIGEST", &digit.repeat(64));
    let pair = |one: &str, other: &str| {
        Seed::new(
            "derivation_text",
            two_parts::join(digest("7", one).as_bytes(), digest("8", other).as_bytes()),
        )
    };
    let changed = SANDBOXED.replace("make\\n", "make -k\\n").replace("--b", "--c").replace("**", "usr/**");
    vec![
        Seed::new("build_record", digest("7", RECORD)),
        Seed::new("services", SERVICES),
        pair(SANDBOXED, &changed),
        pair(SANDBOXED, BUILTIN),
        pair(BUILTIN, BUILTIN),
    ]
}
