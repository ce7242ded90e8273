/* SPDX-License-Identifier: MIT */
/* The one mutex of the library; POSIX threads, because race detectors see them. */
#ifndef MTG_LOCK_H
#define MTG_LOCK_H

#include <pthread.h>

typedef pthread_mutex_t mtg_lock;

static inline int mtg_lock_open(mtg_lock *lock) { return pthread_mutex_init(lock, 0); }
static inline void mtg_lock_close(mtg_lock *lock) { pthread_mutex_destroy(lock); }
static inline void mtg_lock_take(mtg_lock *lock) { pthread_mutex_lock(lock); }
static inline void mtg_lock_give(mtg_lock *lock) { pthread_mutex_unlock(lock); }

#endif
