// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What PID 1 reads besides: tables of disks, declared files, texts and answers of the kernel, and what services say.

use crate::Seed;

const MOUNTINFO: &str = "22 1 253:0 / / ro,nodev shared:1 - erofs /dev/dm-0 ro\n\
    30 22 254:1 / /var/lib\\040x rw - xfs /dev/vda1 rw\n31 30 0:44 / /var/lib\\040x/run rw - tmpfs tmpfs rw\n";
const SETTINGS: &str = "# a\n; b\n\nkernel.kptr_restrict = 2\nnet/ipv4/conf/eth0.1/forwarding=0\n\
    net.ipv4.conf.eth0/1.forwarding = 0\nkernel.core_pattern = |/bin/false a=b\n-kernel.a = 1\n";

pub(crate) fn seeds() -> Vec<Seed> {
    let texts = [
        (
            "module_list",
            r#"{"load":["/usr/lib/modules/6.12.107/b.ko","/usr/lib/modules/6.12.107/a.ko"],"schema":1}"#,
        ),
        ("declared_mounts", r#"{"schema":1,"tmpfs":[{"path":"/var","mode":"0755","noexec":false}]}"#),
        ("hostname", "node-1.example\n"),
        ("kernel_settings", SETTINGS),
        ("mount_info", MOUNTINFO),
        ("mount_info", "xfs\nvar/a b\\134\t\u{e9}"),
        ("mount_info", "erofs\nusr\\040"),
        ("kernel_text", "Y\n"),
        ("kernel_text", "none [integrity] confidentiality\n"),
        ("kernel_text", "4096\n"),
        ("kernel_text", "loop 40960 1 - Live 0x0\ndm_mod 184320 2 dm_verity, Live 0x0\n"),
        ("kernel_text", "254:1"),
        ("kernel_text", "nvme0n1"),
        ("kernel_text", "sdab"),
        (
            "handover",
            r#"{"schema":1,"failures":[{"operation":"open /dev/console","error":"no such device"}]}"#,
        ),
        ("device_mapper_answer", "1 254:0 254:0 4096 4096 3 4 sha256 0f -"),
        ("service_output", "one\r\ntwo \u{1b}[2J\tthree \u{202e}\u{e9}\n\nASHLAR-STATUS {}"),
    ];
    let mut seeds: Vec<Seed> = texts.into_iter().map(|(target, text)| Seed::new(target, text)).collect();
    seeds.push(Seed::new(
        "service_output",
        [&b"x".repeat(1030)[..], b"\ny\xff\xfez\n", &b"0123".repeat(1100)].concat(),
    ));
    seeds.push(Seed::new("device_mapper_answer", answer()));
    seeds.push(Seed::new("partition_table", partition_table()));
    seeds
}

/// An answer with one target, as PID 1 reads it.
fn answer() -> Vec<u8> {
    let mut bytes = vec![0; 400];
    bytes[16..20].copy_from_slice(&312_u32.to_le_bytes());
    bytes[20] = 1;
    bytes[40..44].copy_from_slice(&0x0010_fd2c_u32.to_le_bytes());
    bytes[336..342].copy_from_slice(b"verity");
    bytes[352] = b'V';
    bytes
}

/// The read part of a header, and two entries of four.
fn partition_table() -> Vec<u8> {
    let mut bytes = vec![0; 92 + 2 * 128];
    bytes[..8].copy_from_slice(b"EFI PART");
    bytes[72] = 2;
    bytes[80] = 4;
    bytes[84] = 128;
    for (entry, byte) in [(0, 0x11), (1, 0x2b)] {
        bytes[92 + 128 * entry + 16..][..16].fill(byte);
    }
    bytes[92 + 16] = 0xaf;
    bytes
}
