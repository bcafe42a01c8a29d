/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * The atomic operations and the barrier of liburcu's API that xfsprogs uses, by the compiler's builtins; all are sequentially consistent.
 */
#ifndef URCU_UATOMIC_H
#define URCU_UATOMIC_H

#define uatomic_read(at) __atomic_load_n((at), __ATOMIC_SEQ_CST)
#define uatomic_set(at, value) __atomic_store_n((at), (value), __ATOMIC_SEQ_CST)
#define uatomic_add_return(at, value) __atomic_add_fetch((at), (value), __ATOMIC_SEQ_CST)
#define uatomic_sub_return(at, value) __atomic_sub_fetch((at), (value), __ATOMIC_SEQ_CST)
#define uatomic_add(at, value) ((void)uatomic_add_return((at), (value)))
#define uatomic_sub(at, value) ((void)uatomic_sub_return((at), (value)))
#define uatomic_inc(at) uatomic_add((at), 1)
#define uatomic_dec(at) uatomic_sub((at), 1)
#define uatomic_cmpxchg(at, old, new) \
    ({ \
        __typeof__(*(at)) uatomic_seen = (old); \
        __atomic_compare_exchange_n((at), &uatomic_seen, (new), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
        uatomic_seen; \
    })

#define cmm_smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)

#endif
