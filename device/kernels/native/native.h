/* The plan and what a population's parameters are, as the kernel's files see them; an image's records are those of
 * device/nano/kernel/image.h. The numbers that have names in the Python modules come from there:
 * firmware_tools/build_kernels.py makes constants.h.
 */
#ifndef NATIVE_H
#define NATIVE_H
#include "image.h"
#include "types.h"

/* Parameter blocks as models.*_FORMAT. */
typedef struct {
    u16 refractory, kind;
    i32 reset;
    u32 bias_at;
    u16 interval, offset, du[3];
} General;
typedef struct {
    u16 delta_theta, delta_r;
    u32 step;
} Adaptive;
typedef struct {
    i32 cosine, sine;
    u32 exponent;
} Resonate;
typedef struct {
    i32 peak, reset, step, a, b;
    u16 h, steps;
} Izhikevich;

/* The plan: what is told once, at BIND. Words of each population follow PLAN_PARTS, then one a projection. */
#define IMAGE(p) ((const u8 *)(p)[PLAN_IMAGE])
#define HEADER(p) ((const Header *)(p)[PLAN_IMAGE])
#define WORDS(p, which) ((i32 *)(p)[PLAN_##which])
#define HALVES(p, which) ((u16 *)(p)[PLAN_##which])
#define PARTS(p, kind, at) RECORDS(HEADER(p), kind, at)
#define POPULATION_WORDS(p, i) ((p) + PLAN_PARTS + PLAN_POPULATION_WORDS * (i))
#define CODE_OF(p, i) (POPULATION_WORDS(p, HEADER(p)->populations)[i])

/* n / d; armv6m has no such instruction. */
static inline u32 divide(u32 n, u32 d) {
#ifdef __ARM_ARCH_6M__
    u32 q = 0, bit = 1;
    while (d < n && !(d >> 31)) d <<= 1, bit <<= 1;
    for (; bit; d >>= 1, bit >>= 1)
        if (n >= d) n -= d, q |= bit;
    return q;
#else
    return n / d;
#endif
}

/* myco.arith, in 32 bits. */
static inline i32 decay(i32 x, u32 keep) { /* keep: 4096 less the decay */
    u32 y = x < 0 ? -(u32)x : (u32)x;
    y = (y >> 12) * keep + (((y & 4095) * keep) >> 12);
    return x < 0 ? -(i32)y : (i32)y;
}
static inline i32 wrap24(i32 x) {
    return x > ARITH_U_LIMIT ? x - 2 * ARITH_U_LIMIT : x <= -ARITH_U_LIMIT ? x + 2 * ARITH_U_LIMIT : x;
}
static inline i32 clip_v(i32 x) {
    return x > ARITH_V_LIMIT ? ARITH_V_LIMIT : x < -ARITH_V_LIMIT ? -ARITH_V_LIMIT : x;
}

/* What a tick is made of, and what else `run` can do. */
void integrate(iword *plan, u32 from, u32 to);
void sense(iword *plan);
void propagate(iword *plan, u32 from, u32 to);
void actuate(iword *plan);
void turn_rings(iword *plan);
u32 adds_the_same(iword *plan, u32 projection, iword code);
i32 straighten(iword *plan, u32 projection, u8 *at); /* emit.c; at: 0 to measure */
i32 native_run(iword op, iword *plan, const iword *arguments);

#endif
