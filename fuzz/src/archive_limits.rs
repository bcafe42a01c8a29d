// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an archive may cost while it is fuzzed: enough for every seed, little enough for thousands a second.

use ashlar_debian::Limits;

/// Far below the defaults, so that the limits are reached.
pub const LIMITS: Limits = Limits { unpacked: 1 << 20, file: 1 << 18, entries: 64, ratio: 250 };
