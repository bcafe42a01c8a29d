/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * What xfsprogs calls of liburcu. Its kfree_rcu_mightsleep frees at once (include/kmem.h), so no reader is ever waited for, and marking
 * readers has no effect; the library stays out.
 */
#ifndef URCU_H
#define URCU_H

#include <urcu/uatomic.h>

#define CAA_BITS_PER_LONG __LONG_WIDTH__

static inline void rcu_init(void) {}
static inline void rcu_register_thread(void) {}
static inline void rcu_unregister_thread(void) {}
static inline void rcu_read_lock(void) {}
static inline void rcu_read_unlock(void) {}

#endif
