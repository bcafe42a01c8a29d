// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Facts about the running machine that cannot fail to be had.

use rustix::time::{ClockId, clock_gettime};

/// As `uname -r`.
pub(crate) fn kernel_release() -> String {
    rustix::system::uname().release().to_string_lossy().into_owned()
}

/// Milliseconds since the kernel started, suspension included.
pub(crate) fn uptime_ms() -> u64 {
    let time = clock_gettime(ClockId::Boottime);
    time.tv_sec.unsigned_abs() * 1000 + time.tv_nsec.unsigned_abs() / 1_000_000
}
