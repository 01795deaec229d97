/* Straight-line code: a packed or dense table as load, add, store for each of its synapses. Made on the board from
 * the checked table, for spikes without values, and checked against it; hot_straight runs it.
 *
 * In the room given: the address of each row's code, then the code. A row begins with r0 = the ring (r8 too) and
 * r1 .. r4 = 32, 64, 96 and 128 targets behind it (r11 as r4), and ends with a return. Rows of packed tables reach
 * their first 160 targets from r0 .. r4 and move r4 for the rest; rows of dense tables move r0, and take up to six
 * neighbours at once with ldm and stm.
 */
#include "native.h"

#ifndef __arm__
i32 straighten(iword *plan, u32 projection, u8 *at) {
    (void)plan, (void)projection, (void)at;
    return 0;
}
#else
#if __ARM_ARCH >= 7
#define WIDE_ADDS 1 /* add.w takes any 8 bits, shifted */
#else
#define WIDE_ADDS 0
#endif
#define REACH 32   /* targets that one base register reaches */
#define BASES 5    /* r0 .. r4 */
#define CONSTANT 5 /* the register that holds a weight too large for `adds` */
#define VALUE 6
#define GROUP 6 /* targets of an ldm */

/* Where code goes; `at` stays 0 while it is only measured. */
typedef struct {
    u8 *at;
    u32 bytes;
    i32 sign;
    u32 shift;
    u32 held; /* what the constant register holds; 0: nothing known */
} Writer;

static void put(Writer *w, u32 halfword) {
    if (w->at) *(u16 *)(w->at + w->bytes) = (u16)halfword;
    w->bytes += 2;
}

static void load(Writer *w, u32 base, u32 target) { put(w, 0x6800 | target << 6 | base << 3 | VALUE); }
static void store(Writer *w, u32 base, u32 target) { put(w, 0x6000 | target << 6 | base << 3 | VALUE); }
static void bring(Writer *w, u32 to, u32 high) { put(w, 0x4600 | high << 3 | to); }
static void leave(Writer *w) { put(w, 0x4770); }

/* register += bytes, a multiple of 4. */
static void advance(Writer *w, u32 base, u32 bytes) {
    for (u32 now; bytes; bytes -= now) {
        now = bytes > 252 ? 252 : bytes;
        put(w, 0x3000 | base << 8 | now);
    }
}

/* Bring a weight that no instruction takes into the constant register, unless it is there. */
static void hold(Writer *w, u32 weight, u32 constant) {
    if (w->held == weight) return;
    put(w, 0x2000 | constant << 8 | weight);
    put(w, w->shift << 6 | constant << 3 | constant);
    w->held = weight;
}

/* register += sign * (weight << shift) */
static void add(Writer *w, u32 reg, u32 weight, u32 constant) {
    u32 value = weight << w->shift, minus = w->sign < 0;
    if (value <= 255) {
        put(w, (minus ? 0x3800 : 0x3000) | reg << 8 | value);
    } else if (WIDE_ADDS) { /* eight bits from the highest one on, turned right by 32 - place */
        u32 place = 1;
        while (value >> place > 255) place++;
        u32 turn = 32 - place;
        put(w, (minus ? 0xF1A0 : 0xF100) | (turn >> 4) << 10 | reg);
        put(w, (turn >> 1 & 7) << 12 | reg << 8 | (turn & 1) << 7 | (value >> place & 127));
    } else {
        hold(w, weight, constant);
        put(w, (minus ? 0x1A00 : 0x1800) | constant << 6 | reg << 3 | reg);
    }
}

/* The same in two steps, for a weight that is needed once; else it is better held. */
static void add_twice(Writer *w, u32 reg, u32 value) {
    u32 how = (w->sign < 0 ? 0x3800 : 0x3000) | reg << 8;
    put(w, how | 255);
    put(w, how | (value - 255));
}

/* How many entries of a row have this weight. */
static u32 times(const u8 *entries, u32 n, u32 weight) {
    u32 found = 0;
    for (u32 i = 0; i < n; i++) found += entries[2 * i + 1] == weight;
    return found;
}

/* Those entries of a packed row that lie in targets from .. from + n - 1, reached from `base`; by weight where a
 * constant is needed, so that equal ones need it once. */
static void window(Writer *w, const u8 *entries, u32 n, u32 base, u32 from) {
    u32 weight = 0, next;
    do {
        next = 256;
        for (u32 i = 0; i < n; i++) {
            u32 target = entries[2 * i] - from, its = entries[2 * i + 1];
            u32 alone = WIDE_ADDS || its << w->shift <= 255;
            if (target >= REACH || !its) continue;
            if (alone ? weight == 0 : its == weight) {
                load(w, base, target);
                if (!alone && its << w->shift <= 2 * 255 && times(entries, n, its) == 1)
                    add_twice(w, VALUE, its << w->shift);
                else add(w, VALUE, its, CONSTANT);
                store(w, base, target);
            }
            if (!alone && its > weight && its < next) next = its;
        }
        weight = next;
    } while (next < 256);
}

static void packed_row(Writer *w, const u8 *entries, u32 n, u32 targets) {
    u32 at = BASES - 1; /* the window that r4 stands at */
    w->held = 0;
    for (u32 k = 0; k * REACH < targets; k++) {
        u32 base = k < BASES ? k : BASES - 1, moves = k > at ? k - at : 0;
        u32 some = 0;
        for (u32 i = 0; i < n; i++) some |= (entries[2 * i] - k * REACH) < REACH && entries[2 * i + 1];
        if (!some) continue;
        if (moves) advance(w, base, moves * 4 * REACH), at = k;
        window(w, entries, n, base, k * REACH);
    }
    if (at > BASES - 1) bring(w, BASES - 1, 11);
    leave(w);
}

/* Up to six neighbours from r0 on: r1 .. r6, the last of them for a constant where one is needed. */
static u32 group(Writer *w, const u8 *weights, u32 n) {
    u32 constants = !WIDE_ADDS && w->shift, room = constants ? GROUP - 1 : GROUP, last = 0, some = 0;
    for (u32 i = 0; i < n && i < room; i++)
        if (weights[i]) last = i + 1, some++;
    if (some < 2) return 0;
    u32 list = ((1u << last) - 1) << 1;
    w->held = 0; /* the registers of constants are among these */
    put(w, 0xC800 | list); /* ldmia r0!, {r1 ..} */
    for (u32 i = 0; i < last; i++)
        if (weights[i]) add(w, 1 + i, weights[i], VALUE);
    w->held = 0;
    put(w, 0x3800 | last * 4); /* subs r0, #... */
    put(w, 0xC000 | list);     /* stmia r0!, {r1 ..} */
    return last;
}

static void dense_row(Writer *w, const u8 *weights, u32 targets) {
    u32 base = 0; /* the target that r0 stands at */
    w->held = 0;
    bring(w, 0, 8);
    for (u32 j = 0; j < targets; j++) {
        if (!weights[j]) continue;
        u32 more = 0;
        for (u32 i = j + 1; i < targets && i < j + GROUP - 1; i++) more |= weights[i];
        if (more || j - base >= REACH) {
            advance(w, 0, 4 * (j - base));
            base = j;
        }
        u32 taken = more ? group(w, weights + j, targets - j) : 0;
        if (taken) {
            base += taken;
            j = base - 1;
            continue;
        }
        load(w, 0, j - base);
        add(w, VALUE, weights[j], CONSTANT);
        store(w, 0, j - base);
    }
    leave(w);
}

/* Make a projection's code at `at`, or (0) only measure it. Returns its bytes, 0 where it can have none or where it
 * does not add what the table does: then the table goes on. */
i32 straighten(iword *plan, u32 projection, u8 *at) {
    const Projection *p = PARTS(plan, Projection, projections_at) + projection;
    u32 table = p->table & LAYOUT_TABLE_MASK;
    if (table != LAYOUT_TABLE_PACKED && table != LAYOUT_TABLE_DENSE) return 0;
    Writer w = {at, 4u * p->sources, p->sign, p->shift, 0};
    for (u32 row = 0; row < p->sources; row++) {
        if (at) ((u32 *)at)[row] = (u32)(at + w.bytes) | 1;
        const u8 *weights = IMAGE(plan) + p->weights_at;
        if (table == LAYOUT_TABLE_DENSE) {
            dense_row(&w, weights + row * stride(p->targets), p->targets);
        } else {
            const u8 *start = IMAGE(plan) + p->rows_at + 2 * row;
            packed_row(&w, weights + 2 * half(start), half(start + 2) - half(start), p->targets);
        }
    }
    if (w.bytes & 2) leave(&w); /* so that what comes next begins on a multiple of 4 */
    if (at) {
        __asm__ volatile("dsb\n\tisb" ::: "memory");
        iword code = (iword)at - 4 * (iword)p->first;
        if (!adds_the_same(plan, projection, code)) return 0;
        CODE_OF(plan, projection) = code;
    }
    return (i32)w.bytes;
}
#endif
