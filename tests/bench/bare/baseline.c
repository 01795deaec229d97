/* What the kernel is measured against: the same work on the same tables and state, in plain generic C, written as a
 * good programmer would for these formats and compiled with -O2. One call does one population or one projection,
 * found from the image's records, as the kernel does.
 */
#include "native.h"

enum { C_NOTHING, C_LIF, C_SPIKES, C_LOOP }; /* as tests/bare_machine.py */

/* sign(x) * (|x| * keep >> 12), by a long product where the processor has one. */
static inline i32 leaked(i32 x, i32 keep) {
#ifdef __ARM_ARCH_6M__
    return decay(x, (u32)keep);
#else
    return (i32)((i64)x * keep / 4096);
#endif
}

static void lif(iword *plan, const Population *p, u32 slot) {
    i32 *u = WORDS(plan, U) + p->first, *v = WORDS(plan, V) + p->first;
    i32 *drive = WORDS(plan, DRIVE) + p->ring_at + slot * p->size;
    u16 *fired = HALVES(plan, FIRED);
    u32 count = 0;
    i32 bias = p->bias_mant * (1 << p->bias_exp), threshold = (i32)(p->vth << 6);
    i32 keep_u = 4095 - p->du, keep_v = 4096 - p->dv;
    for (u32 i = 0; i < p->size; i++) {
        i32 a = drive[i];
        if (!(a | u[i] | v[i] | bias)) continue;
        drive[i] = 0;
        i32 x = wrap24(leaked(u[i], keep_u) + (i32)((u32)a << 6));
        u[i] = x;
        i32 y = leaked(v[i], keep_v) + x + bias;
        if (y > threshold) {
            fired[count++] = (u16)(p->first + i);
            y = 0;
        } else if (y < -ARITH_V_LIMIT) {
            y = -ARITH_V_LIMIT;
        }
        v[i] = y;
    }
    HALVES(plan, SEGMENTS)[1] = (u16)count;
}

static void packed(const u8 *image, const Projection *p, const u16 *k, const u16 *end, i32 *ring) {
    const u16 *rows = (const u16 *)(image + p->rows_at);
    const u8 *entries = image + p->weights_at;
    i32 step = p->sign * (1 << p->shift);
    for (; k < end; k++) {
        const u8 *stop = entries + 2 * rows[*k - p->first + 1];
        for (const u8 *s = entries + 2 * rows[*k - p->first]; s < stop; s += 2) ring[s[0]] += s[1] * step;
    }
}

static void wide(const u8 *image, const Projection *p, const u16 *k, const u16 *end, i32 *ring) {
    const u16 *rows = (const u16 *)(image + p->rows_at), *targets = (const u16 *)(image + p->targets_at);
    const u8 *weights = image + p->weights_at;
    i32 step = p->sign * (1 << p->shift);
    for (; k < end; k++) {
        u32 stop = rows[*k - p->first + 1];
        for (u32 s = rows[*k - p->first]; s < stop; s++) ring[targets[s]] += weights[s] * step;
    }
}

static void dense(const u8 *image, const Projection *p, const u16 *k, const u16 *end, i32 *ring) {
    i32 step = p->sign * (1 << p->shift);
    u32 row = stride(p->targets);
    for (; k < end; k++) {
        const u8 *weights = image + p->weights_at + (*k - p->first) * row;
        for (u32 j = 0; j < p->targets; j++) ring[j] += weights[j] * step;
    }
}

static void spikes(iword *plan, const Projection *p) {
    const Population *target = PARTS(plan, Population, populations_at) + p->target;
    u32 slot = HALVES(plan, SLOTS)[p->target] + 1u + (p->delay & 63);
    if (slot >= target->depth) slot -= target->depth;
    slot = slot * (1u + target->receptors) + (p->delay >> 6);
    i32 *ring = WORDS(plan, DRIVE) + target->ring_at + slot * target->size + p->first_target;
    const u16 *k = HALVES(plan, FIRED) + HALVES(plan, SEGMENTS)[p->group];
    const u16 *end = HALVES(plan, FIRED) + HALVES(plan, SEGMENTS)[p->group + 1];
    u32 table = p->table & LAYOUT_TABLE_MASK;
    if (table == LAYOUT_TABLE_DENSE) dense(IMAGE(plan), p, k, end, ring);
    else if (table == LAYOUT_TABLE_PACKED) packed(IMAGE(plan), p, k, end, ring);
    else wide(IMAGE(plan), p, k, end, ring);
}

/* Two instructions a round, to see that the clock counts them. */
static void loop(u32 rounds) {
#ifdef __arm__
    __asm__ volatile(".syntax unified\n1: subs %0, #1\n\tbne 1b" : "+l"(rounds) : : "cc");
#else
    (void)rounds;
#endif
}

void baseline(u32 which, iword *plan, u32 first, u32 last) {
    if (which == C_LOOP) loop(last - first);
    if (which == C_LOOP || which == C_NOTHING) return;
    for (u32 i = first; i < last; i++) {
        if (which == C_LIF) lif(plan, PARTS(plan, Population, populations_at) + i, HALVES(plan, SLOTS)[i]);
        if (which == C_SPIKES) spikes(plan, PARTS(plan, Projection, projections_at) + i);
    }
}
