// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Against values of `veritysetup` (recorded, and live where it is installed).

use super::*;

/// Block `i` is the little-endian number `i`, 1024 times.
fn numbered(blocks: u32) -> Vec<u8> {
    (0..blocks).flat_map(|index| index.to_le_bytes().repeat(1024)).collect()
}

fn fixed() -> VerityParameters {
    let uuid =
        [0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55];
    VerityParameters { salt: Salt::from_bytes([0xaa; 32]), uuid: Uuid::from_bytes(uuid) }
}

fn build(data: &[u8], parameters: VerityParameters) -> VerityTree {
    VerityTree::build(&mut &data[..], data.len() as u64, parameters).unwrap()
}

/// Recorded with cryptsetup 2.7.5; DATA is `numbered(blocks)`, `aa…` 32 times:
/// `veritysetup format --salt=aa… --uuid=11111111-2222-3333-4444-555555555555 DATA HASHES; sha256sum HASHES`
const RECORDED: [(u32, &str, &str); 6] = [
    (
        1,
        "5424c52bf2f63d48e12f293c24d4c41685d823eb0f2cab82bf045ea7ee678841",
        "b8b6848f857753728eb71e3135621b37a862dc59af9685fcfbd1d7889adde9f0",
    ),
    (
        2,
        "e10deaf17c9bfb2144d169aeba1202bf3610f668adeb91051fe6ef19f2ebaebc",
        "7b4c0f2cf050816aea3400ebf6a00fa6d63339559871691764ec1073b3b5e55b",
    ),
    (
        128,
        "53b305367f9a9edfec505591a4eb5a5378ebb3a257600b707d42856ad5d73609",
        "660ac845ad2c32ca660e0748aa4817505fe448481c8ce8be433144eee7715788",
    ),
    (
        129,
        "af895ccde03ab3276bb62c5f6ab37c675e268387889982258fe23135baea34c5",
        "190b1337b69d9eb39bca7a54acae0904a047234fc55269e6151d0a3f42b80beb",
    ),
    (
        16384,
        "41e0c1a495f136a0a35b9d98bed794496e5da0ce1571770b0248fc732a4b5780",
        "33476860ee27dff655186cc587029d3c9fe4447a8a6a214289a4828b0745164f",
    ),
    (
        16385,
        "a3e2ea96807d206f9ac3db615f2b910289cba7343fe925e81db8c4f5a1e4e151",
        "bbe8edcf063d4545c4962c89bea9f240ed2a052b19a77eaf15264c568dbd45f6",
    ),
];

#[test]
fn trees_equal_those_of_veritysetup() {
    for (blocks, root_hash, hash_area) in RECORDED {
        let tree = build(&numbered(blocks), fixed());
        assert_eq!(tree.root_hash.to_string(), root_hash, "{blocks} blocks");
        assert_eq!(Sha256::of(&tree.hash_area).to_string(), hash_area, "{blocks} blocks");
        assert_eq!(tree.data_size(), u64::from(blocks) * 4096);
    }
}

#[test]
fn parameters_are_a_function_of_the_content() {
    let parameters = VerityParameters::from_content(Sha256::of(b"abc"));
    // printf 'ashlar verity salt v1\n' then the raw sha256 of "abc", through sha256sum; the UUID likewise.
    assert_eq!(
        parameters.salt.to_string(),
        "9c7e1d5b31863b53a36333c66a92ee863b1f7a752127e46b8cfce5d8547067d3"
    );
    assert_eq!(parameters.uuid.to_string(), "944fd5ac-057a-8dcc-a557-85249edecc2d");
    assert_ne!(parameters, VerityParameters::from_content(Sha256::of(b"abd")));
}

#[test]
fn data_that_is_not_whole_blocks_or_not_as_long_as_stated_is_refused() {
    let data = numbered(2);
    for size in [0, 1, 4095, 8191] {
        let result = VerityTree::build(&mut &data[..], size, fixed());
        assert!(matches!(result, Err(ImageError::VeritySize { .. })), "{size}");
    }
    let short = VerityTree::build(&mut &data[..], 12288, fixed());
    assert!(matches!(short, Err(ImageError::VerityRead { offset: 8192, .. })));
    let long = VerityTree::build(&mut &data[..], 4096, fixed());
    assert!(matches!(long, Err(ImageError::VerityRead { offset: 4096, .. })));
}

#[test]
fn veritysetup_accepts_the_tree_and_finds_a_flipped_bit() {
    if !ashlar_foreign::of_version("veritysetup", &["--version"], "veritysetup 2") {
        return;
    }
    let mut data = numbered(300);
    let tree = build(&data, VerityParameters::from_content(Sha256::of(&data)));
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("root");
    let verify = |data: &[u8]| {
        std::fs::write(&image, [data, &tree.hash_area].concat()).unwrap();
        let image = image.to_str().unwrap();
        let offset = format!("--hash-offset={}", tree.data_size());
        let arguments = ["verify", &offset, image, image, &tree.root_hash.to_string()];
        ashlar_foreign::run(folder.path(), "veritysetup", &arguments)
    };
    let good = verify(&data);
    assert!(good.succeeded, "{}", good.said());
    data[123_456] ^= 1;
    assert!(!verify(&data).succeeded);
}
