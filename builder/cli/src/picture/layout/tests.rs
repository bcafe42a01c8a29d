// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every layout holds, whatever the graph.

use super::*;
use crate::picture::model::{Arrow, Dot};

fn picture(count: usize, arrows: &[(usize, usize)]) -> Picture {
    let dot = |at: usize| Dot {
        key: format!("recipe {at}"),
        kind: "recipe",
        stored: true,
        took: None,
        critical: false,
    };
    let arrows = arrows.iter().map(|(from, to)| Arrow { from: *from, to: *to, critical: false });
    Picture { dots: (0..count).map(dot).collect(), arrows: arrows.collect(), title: String::new() }
}

#[test]
fn two_chains_that_would_cross_are_put_in_order() {
    // 0 → 3 and 1 → 2 cross where layers keep the order of planning.
    let layout = layout(&picture(4, &[(0, 3), (1, 2)]));
    let place = |at: usize| layout.dots[at].1;
    assert_eq!(place(0) < place(1), place(3) < place(2));
}

proptest::proptest! {
    #[test]
    fn every_arrow_leads_to_the_right_and_no_two_things_share_a_place(
        pairs in proptest::collection::btree_set((0..20_usize, 0..20_usize), 0..60)
    ) {
        let arrows: Vec<(usize, usize)> = pairs.into_iter().filter(|(from, to)| from < to).collect();
        let picture = picture(20, &arrows);
        let found = layout(&picture);
        proptest::prop_assert_eq!(&found, &layout(&picture));
        let mut taken: std::collections::BTreeSet<Place> = found.dots.iter().copied().collect();
        proptest::prop_assert_eq!(taken.len(), 20);
        for (way, (from, to)) in found.arrows.iter().zip(&arrows) {
            proptest::prop_assert_eq!((way[0], way[way.len() - 1]), (found.dots[*from], found.dots[*to]));
            proptest::prop_assert!(way.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1));
            for passed in &way[1..way.len() - 1] {
                proptest::prop_assert!(taken.insert(*passed));
            }
        }
    }
}
