/* Other libraries may have set this thread to flush subnormals or to round otherwise. */
#ifndef PINPOINT_CONTROL_H
#define PINPOINT_CONTROL_H

#include "levels.h"

#if PINPOINT_X86

struct control {
    unsigned word;
};

/* Rounds to nearest, keeps subnormals, traps nothing; returns what was set. */
static inline struct control control_default(void)
{
    const struct control saved = {_mm_getcsr()};
    _mm_setcsr(0x1f80);
    return saved;
}

static inline void control_restore(struct control saved)
{
    _mm_setcsr(saved.word);
}

#else

#include <fenv.h>

struct control {
    fenv_t environment;
};

static inline struct control control_default(void)
{
    struct control saved;
    fegetenv(&saved.environment);
    fesetenv(FE_DFL_ENV);
    return saved;
}

static inline void control_restore(struct control saved)
{
    fesetenv(&saved.environment);
}

#endif
#endif
