/* The records of a program image, as layout.*_FORMAT has them (build.py makes constants.h, and the sizes are
 * checked), and what both pieces of code need. No static data, no division, no libc: see kernel.c.
 */
#include <stdint.h>
#include "constants.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int32_t i32;

/* Records as layout.*_FORMAT; build.py checks the sizes. */
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
    int16_t bias_mant;
    u8 bias_exp, depth;
    u32 ring_at;
    u8 model, receptors;
    u16 params;
} Population;
typedef struct {
    u16 kind, first, size, rate;
} Sensor;
typedef struct {
    u8 table, shift, delay;
    int8_t sign;
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

static inline u32 half(const u8 *p) { return p[0] | p[1] << 8; }
static inline u32 word(const u8 *p) { return half(p) | half(p + 2) << 16; }

static inline void put_word(u8 *p, u32 x) {
    for (int i = 0; i < 4; i++, x >>= 8) p[i] = x;
}

static inline u32 crc32(const u8 *p, u32 n) {
    u32 c = ~0u;
    while (n--) {
        c ^= *p++;
        for (int i = 0; i < 8; i++) c = (c >> 1) ^ (0xEDB88320u & -(c & 1));
    }
    return ~c;
}

/* layout.stride */
static inline u32 stride(u32 targets) {
    return targets >= LAYOUT_STRIDE_MIN ? (targets + LAYOUT_ALIGN - 1) & -LAYOUT_ALIGN : targets;
}

/* The records of a kind; an image is its header's address. */
#define RECORDS(h, kind, at) ((const kind *)((const u8 *)(h) + (h)->at))

/* Whether n bytes at an offset do not lie inside. */
static inline u32 outside(const Header *h, u32 at, u32 n) {
    u32 end = h->length - 4;
    return at < LAYOUT_HEADER_SIZE || at > end || n > end - at;
}
