/* The loops that a tick spends its time in. Each is written twice: in C (hot.c, for any machine) and by hand for
 * Thumb (hot_armv6m*.S; hot_armv7m.S, with the DSP extension where there is one). Tests hold the writings equal.
 *
 * The structures are read by assembler: their offsets are asserted in hot.c.
 */
#ifndef HOT_H
#define HOT_H
#include "types.h"

/* Spikes through a table: sources fired[0 .. end), each with its row. */
typedef struct {
    const u16 *fired, *end;
    uword rows;        /* address of what a row is found by, as if rows began with source 0 */
    const u8 *targets; /* packed: the entries; wide: the targets, 16 bits each */
    const u8 *weights; /* wide: a byte each */
    i32 *ring;         /* where the table's first target sums what arrives */
    i32 step;          /* what a weight of 1 adds */
} Rows;

/* Packed rows: u16 row starts; entries of target (low byte) and weight. */
void hot_packed(const Rows *);
/* Wide rows: u16 row starts, u16 targets, u8 weights. */
void hot_wide(const Rows *);
/* Dense rows of n < NARROW targets: n weights each, `rows` being the address of the first one. */
#define NARROW 32
void hot_narrow(const Rows *, u32 n);
/* Straight-line code: `rows` holds the address of each row's code. Only where there is such code (emit.c). */
void hot_straight(const Rows *);

/* Columns of dense rows, summed up over the sources that fired: at most SUMS_MOST of them, so that no sum of
 * weights passes 16 bits. */
#define SUMS_MOST 256
typedef struct {
    const u16 *fired, *end;
    uword weights; /* address of the first column's weights, as if rows began with source 0; a multiple of 4 */
    u32 stride;    /* bytes of a row, a multiple of 4 */
    u32 sums[8];   /* of each word of weights: those of its bytes 0 and 2, those of 1 and 3, 16 bits each */
} Sums;

void hot_sums_16(Sums *); /* 16 columns: sums[0 .. 7] */
void hot_sums_4(Sums *);  /* 4 columns: sums[0], sums[1] */

/* LIF neurons without more. */
typedef struct {
    i32 *u, *v, *drive;
    u32 size;
    i32 keep_u, keep_v, bias, threshold;
    u16 *fired; /* where spikes are appended, in and out */
    u32 first;
    u32 awake;  /* out: whether any neuron had to be looked at */
} Lif;

void hot_lif(Lif *);

#endif
