/* Why the projections of an image are refused, one of layout.IMAGE_*, or 0: the rest of check.c, for an image
 * that check.c has passed.
 */
#include "image.h"

/* Whether a table's sources are not all of its group, or shifted further than what they send allows. */
static u32 bad_sources(const Header *h, const Projection *p) {
    u32 group = p->group, row = p->first, size, most = LAYOUT_EXPONENT_MAX;
    if (group < h->populations) {
        const Population *population = RECORDS(h, Population, populations_at) + group;
        row -= population->first;
        size = population->size;
    } else {
        const Sensor *sensor = RECORDS(h, Sensor, sensors_at) + (group - h->populations);
        row -= h->neurons + sensor->first;
        size = sensor->size;
        if (sensor->kind == LAYOUT_ENCODE_CURRENT) most = LAYOUT_SHIFT_MAX;
    }
    /* row is beyond every size where the table begins before its group */
    return !p->sources || row > size || p->sources > size - row || p->shift > most;
}

/* Whether a table of rows lies outside, or something between its rows. */
static u32 bad_dense(const Header *h, const Projection *p) {
    u32 size = p->targets, step = stride(size), n = p->sources;
    if (outside(h, p->weights_at, n * step)) return 1;
    for (const u8 *row = (const u8 *)h + p->weights_at; n--; row += step)
        for (u32 i = size; i < step; i++)
            if (row[i]) return 1;
    return 0;
}

static u32 bad_projection(const Header *h, const Projection *p) {
    if (p->target >= h->populations || p->group >= h->populations + h->sensors || bad_sources(h, p)) return 1;
    const Population *target = RECORDS(h, Population, populations_at) + p->target;
    u32 size = p->targets, sources = p->sources, table = p->table & LAYOUT_TABLE_MASK, at = p->targets_at;
    if ((p->sign + 1u) & ~2u || p->delay >= target->depth || !size || p->first_target + size > target->size
        || (p->rows_at | at | p->weights_at) & (LAYOUT_ALIGN - 1))
        return 1;
    if (table == LAYOUT_TABLE_DENSE) return bad_dense(h, p);
    if (outside(h, p->rows_at, 2 * sources + 2)) return 1;
    const u8 *rows = (const u8 *)h + p->rows_at;
    u32 synapses = half(rows + 2 * sources), n = half(rows), packed = table == LAYOUT_TABLE_PACKED;
    if (packed) at = p->weights_at;
    if (n || outside(h, at, 2 * synapses)
        || (packed ? size > LAYOUT_PACKED_MAX : outside(h, p->weights_at, synapses)))
        return 1;
    const u8 *targets = (const u8 *)h + at;
    do {
        rows += 2;
        u32 end = half(rows), least = 0;
        if (end < n || end > synapses) return 1;
        for (; n < end; n++, targets += 2) {
            u32 t = packed ? *targets : half(targets);
            if (t < least || t >= size) return 1;
            least = t + 1;
        }
    } while (--sources);
    return 0;
}

__attribute__((section(".entry"), used)) u32 tables(const Header *h) {
    const Projection *projection = RECORDS(h, Projection, projections_at);
    for (u32 i = h->projections; i--; projection++) {
        u32 table = projection->table & LAYOUT_TABLE_MASK;
        if (table != LAYOUT_TABLE_DENSE && table != LAYOUT_TABLE_SPARSE_16 && table != LAYOUT_TABLE_PACKED)
            return LAYOUT_IMAGE_UNSUPPORTED;
        if (bad_projection(h, projection)) return LAYOUT_IMAGE_RECORD;
    }
    return 0;
}
