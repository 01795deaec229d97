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

static u32 bad_projection(const Header *h, const Projection *p) {
    if (p->target >= h->populations || p->group >= h->populations + h->sensors || bad_sources(h, p)) return 1;
    const Population *target = RECORDS(h, Population, populations_at) + p->target;
    u32 size = target->size, sources = p->sources;
    if ((p->sign + 1u) & ~2u || p->delay >= target->depth) return 1;
    if (p->table == LAYOUT_TABLE_DENSE) return outside(h, p->weights_at, sources * size);
    const u8 *rows = (const u8 *)h + p->rows_at, *targets = (const u8 *)h + p->targets_at;
    if (outside(h, p->rows_at, 2 * sources + 2)) return 1;
    u32 synapses = half(rows + 2 * sources), n = half(rows);
    if (n || outside(h, p->targets_at, synapses * (p->table - 1)) || outside(h, p->weights_at, synapses)) return 1;
    do {
        rows += 2;
        u32 end = half(rows), least = 0;
        if (end < n || end > synapses) return 1;
        for (; n < end; n++) {
            u32 t = p->table == LAYOUT_TABLE_SPARSE_8 ? targets[n] : half(targets + 2 * n);
            if (t < least || t >= size) return 1;
            least = t + 1;
        }
    } while (--sources);
    return 0;
}

__attribute__((section(".entry"), used)) u32 tables(const Header *h) {
    const Projection *projection = RECORDS(h, Projection, projections_at);
    for (u32 i = h->projections; i--; projection++) {
        if (projection->table - 1u >= LAYOUT_TABLE_SPARSE_16) return LAYOUT_IMAGE_UNSUPPORTED;
        if (bad_projection(h, projection)) return LAYOUT_IMAGE_RECORD;
    }
    return 0;
}
