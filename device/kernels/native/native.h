/* The records of a program image and the plan, as the kernel's files see them. The numbers that have names in the
 * Python modules come from there: firmware_tools/build_kernels.py makes constants.h.
 */
#ifndef NATIVE_H
#define NATIVE_H
#include "constants.h"
#include "types.h"

/* Records as layout.*_FORMAT has them; the image is read in place. */
typedef struct {
    u8 magic[4], version, flags;
    u16 header_size;
    u32 length, dt_us;
    u16 neurons, channels, populations, sensors, projections, actuators;
    u32 traces, accumulators, populations_at, sensors_at, projections_at, actuators_at, names_at;
} Header;
typedef struct {
    u16 first, size, du, dv;
    u32 vth;
    i16 bias_mant;
    u8 bias_exp, depth;
    u32 ring_at;
    u8 model, receptors;
    u16 params;
} Population;
typedef struct {
    u16 kind, first, size, rate;
} Sensor;
typedef struct {
    u8 table, shift, arrival;
    i8 sign;
    u16 first, sources, target, group, first_target, targets;
    u32 rows_at, targets_at, weights_at;
} Projection;
typedef struct {
    u8 kind, before;
    u16 after, first, size, decay, gain, ceiling, trace;
} Actuator;
_Static_assert(sizeof(Header) == LAYOUT_HEADER_SIZE, "layout");
_Static_assert(sizeof(Population) == LAYOUT_POPULATION_SIZE, "layout");
_Static_assert(sizeof(Sensor) == LAYOUT_SENSOR_SIZE, "layout");
_Static_assert(sizeof(Projection) == LAYOUT_PROJECTION_SIZE, "layout");
_Static_assert(sizeof(Actuator) == LAYOUT_ACTUATOR_SIZE, "layout");

/* Parameter blocks as models.*_FORMAT. */
typedef struct {
    u16 refractory, kind;
    i32 reset;
    u16 bias_low, bias_high; /* the table's offset, which is no multiple of 4 here */
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
#define RECORDS(p, kind, at) ((const kind *)(IMAGE(p) + HEADER(p)->at))
#define POPULATION_WORDS(p, i) ((p) + PLAN_PARTS + PLAN_POPULATION_WORDS * (i))
#define CODE_OF(p, i) (POPULATION_WORDS(p, HEADER(p)->populations)[i])

/* layout.stride */
static inline u32 row_stride(u32 targets) {
    return targets >= LAYOUT_STRIDE_MIN ? (targets + LAYOUT_ALIGN - 1u) & -(u32)LAYOUT_ALIGN : targets;
}

static inline u32 half(const u8 *p) { return p[0] | p[1] << 8; }

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
void integrate(word *plan, u32 from, u32 to);
void sense(word *plan);
void propagate(word *plan, u32 from, u32 to);
void actuate(word *plan);
void turn_rings(word *plan);
i32 straighten(word *plan, u32 projection, u8 *at); /* emit.c; at: 0 to measure */
i32 native_run(word op, word *plan, const word *arguments);

#endif
