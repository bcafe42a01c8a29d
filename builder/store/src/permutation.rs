// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Orders that depend on a seed and on nothing else, to find builds that depend on the order of a directory.

/// Shuffles (Fisher and Yates) with `SplitMix64`, so that a seed that found something finds it again anywhere.
pub(crate) fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    for remaining in (2..=items.len()).rev() {
        let chosen = next(&mut state) % remaining as u64;
        if let Ok(chosen) = usize::try_from(chosen) {
            items.swap(remaining - 1, chosen);
        }
    }
}

/// `SplitMix64`: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014, figure 16.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_published_numbers() {
        let mut state = 1_234_567;
        assert_eq!(next(&mut state), 6_457_827_717_110_365_317);
        assert_eq!(next(&mut state), 3_203_168_211_198_807_973);
    }

    #[test]
    fn seeds_give_different_orders_of_the_same_items() {
        let order = |seed| {
            let mut items: Vec<u32> = (0..100).collect();
            shuffle(&mut items, seed);
            items
        };
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        let mut sorted = order(1);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<u32>>());
    }
}
