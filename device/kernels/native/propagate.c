/* Spikes and values through the synapse tables into the rings, as myco.engine and myco.kernel do it. */
#include "hot.h"
#include "native.h"

/* One projection in one tick. */
typedef struct {
    const u8 *image;
    const Projection *p;
    const u16 *fired, *end;
    i32 *ring; /* the first target's sum of what arrives when and where this does */
} Through;

/* Where what arrives with this projection is summed; marks the slot as one that something arrived in. */
static i32 *due(iword *plan, const Projection *p) {
    const Population *target = PARTS(plan, Population, populations_at) + p->target;
    u32 slot = HALVES(plan, SLOTS)[p->target] + 1u + (p->delay & 63);
    if (slot >= target->depth) slot -= target->depth;
    iword *flags = POPULATION_WORDS(plan, p->target) + PLAN_ARRIVED + (slot >> 5);
    *flags = (iword)((u32)*flags | 1u << (slot & 31));
    slot = slot * (1u + target->receptors) + (p->delay >> 6);
    return WORDS(plan, DRIVE) + target->ring_at + slot * target->size + p->first_target;
}

/* Whether a group's spikes carry values. */
static u32 has_values(iword *plan, u32 group) {
    const Header *h = HEADER(plan);
    if (group >= h->populations)
        return PARTS(plan, Sensor, sensors_at)[group - h->populations].kind == LAYOUT_ENCODE_CURRENT;
    u32 model = PARTS(plan, Population, populations_at)[group].model;
    return model == LAYOUT_MODEL_TERNARY_LIF || model == LAYOUT_MODEL_GRADED || model == LAYOUT_MODEL_RECTIFIED;
}

/* --- spikes ----------------------------------------------------------------------------------------- */

static void add_sums(i32 *ring, const u32 *sums, u32 n, i32 step) {
    for (u32 j = 0; j < n; j++) {
        u32 pair = sums[(j >> 2) * 2 + (j & 1)];
        ring[j] += (i32)(j & 2 ? pair >> 16 : pair & 0xFFFF) * step;
    }
}

/* Rows that begin on multiples of 4: 16 columns of all rows at a time, then 4. */
static void dense_wide(const Through *t, i32 step) {
    const Projection *p = t->p;
    Sums s;
    s.stride = stride(p->targets);
    for (s.fired = t->fired; s.fired < t->end; s.fired = s.end) {
        s.end = t->end - s.fired > SUMS_MOST ? s.fired + SUMS_MOST : t->end;
        s.weights = (uword)(t->image + p->weights_at) - (uword)p->first * s.stride;
        u32 left = p->targets;
        i32 *ring = t->ring;
        for (; left >= 16; left -= 16, ring += 16, s.weights += 16) {
            hot_sums_16(&s);
            add_sums(ring, s.sums, 16, step);
        }
        for (; left; ring += 4, s.weights += 4) {
            u32 n = left < 4 ? left : 4;
            hot_sums_4(&s);
            add_sums(ring, s.sums, n, step);
            left -= n;
        }
    }
}

static void spikes(const Through *t, i32 step, iword code) {
    const Projection *p = t->p;
    u32 table = p->table & LAYOUT_TABLE_MASK;
    Rows rows = {t->fired, t->end, (uword)(t->image + p->rows_at) - 2 * (uword)p->first, t->image + p->targets_at,
                 t->image + p->weights_at, t->ring, step};
    if (code) {
        rows.rows = (uword)code;
        hot_straight(&rows);
    } else if (table == LAYOUT_TABLE_DENSE) {
        rows.rows = (uword)rows.weights - (uword)p->first * p->targets;
        if (p->targets < NARROW) hot_narrow(&rows, p->targets);
        else dense_wide(t, step);
    } else if (table == LAYOUT_TABLE_PACKED) {
        rows.targets = rows.weights;
        hot_packed(&rows);
    } else {
        hot_wide(&rows);
    }
}

#ifdef __arm__
/* Whether straight-line code adds what its table does: a row's, then the table's turned round, leave a ring of zeros.
 * While nothing is due, as after loading; else it is taken for wrong. */
u32 adds_the_same(iword *plan, u32 projection, iword code) {
    const Projection *p = PARTS(plan, Projection, projections_at) + projection;
    const Population *target = PARTS(plan, Population, populations_at) + p->target;
    i32 *ring = WORDS(plan, DRIVE) + target->ring_at + p->first_target, step = p->sign * (1 << p->shift);
    for (u32 j = 0; j < p->targets; j++)
        if (ring[j]) return 0;
    for (u32 row = 0; row < p->sources; row++) {
        u16 source = (u16)(p->first + row);
        Through t = {IMAGE(plan), p, &source, &source + 1, ring};
        u32 wrong = 0;
        spikes(&t, step, code);
        spikes(&t, -step, 0);
        for (u32 j = 0; j < p->targets; j++) wrong |= (u32)ring[j], ring[j] = 0;
        if (wrong) return 0;
    }
    return 1;
}
#endif

/* --- values, source by source ------------------------------------------------------------------------- */

typedef struct {
    i32 value;
    u32 shift; /* of the product, to the right */
} Value;

static void value_through_table(const Through *t, u32 row, Value x) {
    const Projection *p = t->p;
    u32 table = p->table & LAYOUT_TABLE_MASK;
    const u8 *starts = t->image + p->rows_at + 2 * row, *weights = t->image + p->weights_at;
    u32 s = row * stride(p->targets), stop = s + p->targets, first = s;
    if (table != LAYOUT_TABLE_DENSE) s = half(starts), stop = half(starts + 2);
    for (; s < stop; s++) {
        u32 j = s - first;
        const u8 *w = weights + s;
        if (table == LAYOUT_TABLE_PACKED) w += s, j = *w++;
        else if (table != LAYOUT_TABLE_DENSE) j = half(t->image + p->targets_at + 2 * s);
        t->ring[j] += p->sign * ((x.value * *w) >> x.shift);
    }
}

/* Whether a kernel place reaches a target on one axis: its coordinate, else -1. */
static i32 reached(i32 at, u32 stride, u32 size) {
    if (at < 0) return -1;
    u32 target = stride == 1 ? (u32)at : divide((u32)at, stride);
    return target < size && target * stride == (u32)at ? (i32)target : -1;
}

static void value_through_convolution(const Through *t, u32 source, Value x) {
    const u8 *shape = t->image + t->p->rows_at;
    u32 in_height = half(shape + 2), in_width = half(shape + 4), height = half(shape + 8), width = half(shape + 10);
    u32 groups = half(shape + 12), rows = shape[14], columns = shape[15];
    u32 per_group = divide(half(shape + 6), groups), per_source = divide(half(shape), groups);
    u32 area = in_height * in_width, channel = divide(source, area), place = source - channel * area;
    u32 line = divide(place, in_width);
    i32 y = (i32)(line + shape[18]), left = (i32)(place - line * in_width + shape[19]);
    i32 *ring = t->ring + divide(channel, per_source) * per_group * height * width;
    const u8 *w = t->image + t->p->weights_at + channel * rows * columns * per_group;
    for (u32 row = 0; row < rows; row++, y -= shape[20]) {
        i32 target_y = reached(y, shape[16], height), from_x = left;
        for (u32 column = 0; column < columns; column++, from_x -= shape[21], w += per_group) {
            i32 target_x = target_y < 0 ? -1 : reached(from_x, shape[17], width);
            if (target_x < 0) continue;
            i32 *at = ring + (u32)target_y * width + (u32)target_x;
            for (u32 k = 0; k < per_group; k++, at += height * width)
                *at += t->p->sign * ((x.value * w[k]) >> x.shift);
        }
    }
}

static void values(iword *plan, const Through *t, u32 graded) {
    const Projection *p = t->p;
    u32 neurons = HEADER(plan)->neurons, shift = p->shift;
    const i32 *payload = WORDS(plan, PAYLOAD) + (t->fired - HALVES(plan, FIRED));
    for (const u16 *k = t->fired; k < t->end; k++, payload++) {
        Value x = {(i32)(1u << shift), 0};
        if (graded && *k < neurons) x.value = (i32)((u32)*payload << shift);
        else if (graded) x = (Value){((const i16 *)plan[PLAN_INPUTS])[*k - neurons], shift};
        if ((p->table & LAYOUT_TABLE_MASK) == LAYOUT_TABLE_CONVOLUTION)
            value_through_convolution(t, *k - p->first, x);
        else
            value_through_table(t, *k - p->first, x);
    }
}

/* --- all of it ------------------------------------------------------------------------------------------ */

void propagate(iword *plan, u32 from, u32 to) {
    const u16 *fired = HALVES(plan, FIRED), *segments = HALVES(plan, SEGMENTS);
    for (u32 i = from; i < to; i++) {
        const Projection *p = PARTS(plan, Projection, projections_at) + i;
        Through t = {IMAGE(plan), p, fired + segments[p->group], fired + segments[p->group + 1], 0};
        /* A projection may cover only part of its group's sources. */
        while (t.fired < t.end && *t.fired < p->first) t.fired++;
        while (t.fired < t.end && t.end[-1] >= (u32)p->first + p->sources) t.end--;
        if (t.fired == t.end) continue;
        t.ring = due(plan, p);
        u32 graded = has_values(plan, p->group);
        if (graded || (p->table & LAYOUT_TABLE_MASK) == LAYOUT_TABLE_CONVOLUTION) values(plan, &t, graded);
        else spikes(&t, p->sign * (1 << p->shift), CODE_OF(plan, i));
    }
}
