/* Carries out orders that lie behind the program in memory (tests/bare_machine.py writes them): runs the native
 * kernel on an image, sets its state, writes it out, measures. What it says goes to a file, word by word.
 */
#include "machine.h"
#include "native.h"

/* Orders begin so; offsets from here. */
typedef struct {
    u32 kernel, image, commands, code_bytes, extra_words, viper, attributes;
} Orders;
enum { FINISH, RUN, SET, DUMP, SPIKES, STRAIGHTEN, TIME, TIME_C, TIME_VIPER }; /* as tests/bare_machine.py */
enum { ATTRIBUTE_ZEROS = 0x40000000, ATTRIBUTE_NUMBER = 0x50000000 };
enum { LOAD_ATTR = 9 }; /* in MicroPython's table of functions, py/nativeglue.h */

extern const u8 orders[];
#define ORDERS ((const Orders *)orders)
extern u8 arena, arena_end;

void baseline(u32 which, iword *plan, u32 first, u32 last);

static iword plan[PLAN_PARTS + 400];
static u8 *code; /* room for straight-line code */

/* --- MicroPython, as far as native code sees it: objects are the words themselves ----------------------- */

typedef void *(*Entry)(const void *, u32, u32, const iword *);
static iword first(iword object) { return object; }
static void *functions[100];
static u16 names[64]; /* of a module, here by their place in it */
static void *const constants[1] = {functions};
static const void *const context[4] = {0, 0, names, constants};
static const void *const function[2] = {0, context};

static iword call(u32 code, u32 n, const iword *arguments) {
    return (iword)((Entry)((u32)orders + code + 1))(function, n, 0, arguments);
}

/* Attributes of the engine by their names' places: a word of the plan, a number, or all zeros (ATTRIBUTE_*). */
static iword attribute(iword object, u32 name) {
    static const u32 zeros[16];
    (void)object;
    u32 what = ((const u32 *)(orders + ORDERS->attributes))[name];
    if (what < PLAN_PARTS) return plan[what];
    return what == ATTRIBUTE_ZEROS ? (iword)zeros : (iword)(what - ATTRIBUTE_NUMBER);
}

/* --- state ------------------------------------------------------------------------------------------------ */

static u32 sizes[PLAN_PARTS]; /* bytes of each buffer */

static u32 in_bytes(const Header *h, u32 which) {
    u32 sources = (u32)h->neurons + h->channels;
    switch (which) {
    case PLAN_U:
    case PLAN_V: return 4u * h->neurons;
    case PLAN_EXTRA: return 4 * ORDERS->extra_words;
    case PLAN_DRIVE: return 4 * h->accumulators;
    case PLAN_INPUTS: return 2u * h->channels;
    case PLAN_SIGMA: return 4u * h->channels;
    case PLAN_TRACES: return 4 * h->traces;
    case PLAN_OUTPUTS: return 2u * h->actuators;
    case PLAN_FIRED: return 2 * sources;
    case PLAN_PAYLOAD: return 4 * sources;
    case PLAN_SEGMENTS: return 2u * (h->populations + h->sensors + 1u);
    case PLAN_SLOTS:
    case PLAN_PHASES: return 2u * h->populations;
    default: return 0;
    }
}

static void load(void) {
    const u8 *image = orders + ORDERS->image;
    const Header *h = (const Header *)image;
    iword arguments[2 + PLAN_PARTS] = {PLAN_BIND, (iword)plan, (iword)image};
    u8 *at = &arena;
    if (h->populations * PLAN_POPULATION_WORDS + h->projections > 400) end(5);
    for (u32 i = PLAN_U; i < PLAN_PARTS; i++) {
        sizes[i] = in_bytes(h, i);
        arguments[2 + i] = (iword)at;
        u8 *next = at + (sizes[i] + 3 & ~3u);
        if (next > &arena_end) end(6);
        while (at < next) *at++ = 0;
    }
    code = at;
    if (code + ORDERS->code_bytes > &arena_end) end(6);
    if (call(ORDERS->kernel, 2 + PLAN_PARTS, arguments) != PLAN_DONE) end(7);
}

static void set(const u32 *c) { /* buffer, index, width, value */
    u8 *at = (u8 *)plan[c[0]] + c[1] * c[2];
    if (c[2] == 2) *(u16 *)at = (u16)c[3];
    else *(u32 *)at = c[3];
}

/* --- time ------------------------------------------------------------------------------------------------- */

static void time(u32 kind, const u32 *c) { /* times, arguments, them: op, plan, ... */
    iword arguments[24];
    for (u32 i = 0; i < c[1]; i++) arguments[i] = (iword)c[2 + i];
    if (kind == TIME) arguments[1] = (iword)plan;
    start_clock();
    u32 begun = clock_ticks();
    for (u32 n = c[0]; n; n--) {
        if (kind == TIME) call(ORDERS->kernel, c[1], arguments);
        else if (kind == TIME_VIPER) call(ORDERS->viper, c[1], arguments);
        else baseline((u32)arguments[0], plan, (u32)arguments[2], (u32)arguments[3]);
    }
    put_out(clock_ticks() - begun & 0xFFFFFF);
}

/* Straight-line code for every projection that can have it, as long as there is room. */
static void straighten_all(u32 least) {
    u32 at = 0, made = 0;
    for (u32 i = 0; i < ((const Header *)plan[PLAN_IMAGE])->projections; i++) {
        iword size = call(ORDERS->kernel, 3, (iword[]){PLAN_MEASURE, (iword)plan, (iword)i});
        if (!size || at + (u32)size > ORDERS->code_bytes) continue;
        if (call(ORDERS->kernel, 4, (iword[]){PLAN_EMIT, (iword)plan, (iword)i, (iword)(code + at)}) != size) end(8);
        at += (u32)size;
        made++;
    }
    if (made < least) end(6);
    put_out(made);
    put_out(at);
}

int main(void) {
    for (u32 i = 0; i < 100; i++) functions[i] = (void *)first;
    for (u32 i = 0; i < 64; i++) names[i] = (u16)i;
    functions[LOAD_ATTR] = (void *)attribute;
    open_output();
    load();
    const u32 *c = (const u32 *)(orders + ORDERS->commands);
    for (;;) {
        u32 kind = *c++;
        if (kind == FINISH) return 0;
        if (kind == RUN) {
            iword second = c[0] == PLAN_EMIT ? (iword)(code + c[2]) : (iword)c[2];
            put_out((u32)call(ORDERS->kernel, 4, (iword[]){(iword)c[0], (iword)plan, (iword)c[1], second}));
            c += 3;
        } else if (kind == SET) {
            set(c);
            c += 4;
        } else if (kind == SPIKES) {
            u32 fired = ((const u16 *)plan[PLAN_SEGMENTS])[((const Header *)plan[PLAN_IMAGE])->populations];
            put_out(fired);
            put_bytes((const void *)plan[PLAN_FIRED], 2 * fired);
        } else if (kind == STRAIGHTEN) {
            straighten_all(*c++);
        } else if (kind == DUMP) {
            for (u32 i = PLAN_U; i < PLAN_PARTS; i++) put_bytes((const void *)plan[i], sizes[i]);
        } else {
            time(kind, c);
            c += 2 + c[1];
        }
    }
}
