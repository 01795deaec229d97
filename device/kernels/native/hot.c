/* The hot loops in C, for machines that have no writing of their own; and what the assembler takes for granted. */
#include "hot.h"
#include "native.h"
#include <stddef.h>

_Static_assert(NARROW == LAYOUT_STRIDE_MIN, "hot_narrow takes what the wide rows leave");

#ifdef __arm__
_Static_assert(offsetof(Rows, end) == 4 && offsetof(Rows, rows) == 8 && offsetof(Rows, targets) == 12, "hot_*.S");
_Static_assert(offsetof(Rows, weights) == 16 && offsetof(Rows, ring) == 20 && offsetof(Rows, step) == 24, "hot_*.S");
_Static_assert(offsetof(Sums, weights) == 8 && offsetof(Sums, stride) == 12 && offsetof(Sums, sums) == 16, "hot_*.S");
_Static_assert(offsetof(Lif, drive) == 8 && offsetof(Lif, size) == 12 && offsetof(Lif, keep_u) == 16, "hot_*.S");
_Static_assert(offsetof(Lif, threshold) == 28 && offsetof(Lif, fired) == 32 && offsetof(Lif, awake) == 40, "hot_*.S");
#else

void hot_packed(const Rows *r) {
    for (const u16 *k = r->fired; k < r->end; k++) {
        const u16 *row = (const u16 *)(r->rows + 2 * (uword)*k);
        for (const u8 *s = r->targets + 2 * row[0]; s < r->targets + 2 * row[1]; s += 2)
            r->ring[s[0]] += s[1] * r->step;
    }
}

void hot_wide(const Rows *r) {
    for (const u16 *k = r->fired; k < r->end; k++) {
        const u16 *row = (const u16 *)(r->rows + 2 * (uword)*k), *targets = (const u16 *)r->targets;
        for (u32 s = row[0]; s < row[1]; s++) r->ring[targets[s]] += r->weights[s] * r->step;
    }
}

void hot_narrow(const Rows *r, u32 n) {
    for (const u16 *k = r->fired; k < r->end; k++) {
        const u8 *weights = (const u8 *)(r->rows + (uword)*k * n);
        for (u32 j = 0; j < n; j++) r->ring[j] += weights[j] * r->step;
    }
}

void hot_straight(const Rows *r) { (void)r; } /* nothing is ever made straight here: emit.c */

static void sums(Sums *s, u32 words) {
    for (u32 i = 0; i < 2 * words; i++) s->sums[i] = 0;
    for (const u16 *k = s->fired; k < s->end; k++) {
        const u32 *row = (const u32 *)(s->weights + (uword)*k * s->stride);
        for (u32 i = 0; i < words; i++) {
            s->sums[2 * i] += row[i] & 0x00FF00FF;
            s->sums[2 * i + 1] += row[i] >> 8 & 0x00FF00FF;
        }
    }
}

void hot_sums_16(Sums *s) { sums(s, 4); }
void hot_sums_4(Sums *s) { sums(s, 1); }

void hot_lif(Lif *l) {
    l->awake = 0;
    for (u32 i = 0; i < l->size; i++) {
        i32 x = l->u[i], y = l->v[i], a = l->drive[i];
        if (!(x | y | a | l->bias)) continue; /* quiescent: stays exactly so */
        l->awake = 1;
        l->drive[i] = 0;
        x = wrap24(decay(x, (u32)l->keep_u) + (i32)((u32)a << 6));
        l->u[i] = x;
        y = decay(y, (u32)l->keep_v) + x + l->bias;
        if (y > l->threshold) {
            *l->fired++ = (u16)(l->first + i);
            y = 0;
        } else if (y < -ARITH_V_LIMIT) {
            y = -ARITH_V_LIMIT;
        }
        l->v[i] = y;
    }
}
#endif
