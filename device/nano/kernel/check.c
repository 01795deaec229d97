/* Why an image is refused, one of layout.IMAGE_*, or 0: the twin of layout.check. A piece of code of its own
 * that is in memory only while an image is checked.
 */
#include "image.h"

/* Whether n records of that size lie inside; aligned, because this chip faults where they are not. */
static u32 outside(const Header *h, u32 at, u32 n, u32 align) {
    u32 end = h->length - 4;
    return at < LAYOUT_HEADER_SIZE || at > end || n > end - at || at & (align - 1);
}

/* Unlike the twin in Python, which an index out of range only stops, this must know every one beforehand. */
static u32 bad_projection(const u8 *image, const Header *h, const Projection *p) {
    const Population *target = (const Population *)(image + h->populations_at) + p->target;
    if (p->target >= h->populations || p->group >= h->populations + h->sensors
        || p->table - 1u >= LAYOUT_TABLE_SPARSE_16 || (p->sign != 1 && p->sign != -1) || p->shift > LAYOUT_SHIFT_MAX
        || p->first + p->sources > h->neurons + h->channels || p->delay >= target->depth)
        return 1;
    if (p->table == LAYOUT_TABLE_DENSE) return outside(h, p->weights_at, p->sources * target->size, 1);
    if (outside(h, p->rows_at, 2 * (p->sources + 1), 1)) return 1;
    u32 before = 0;
    for (u32 i = 0; i <= p->sources; i++) {
        u32 row = half(image + p->rows_at + 2 * i);
        if (row < before) return 1;
        before = row;
    }
    if (outside(h, p->targets_at, before * (p->table - 1), 1) || outside(h, p->weights_at, before, 1)) return 1;
    for (u32 n = 0; n < before; n++) {
        const u8 *at = image + p->targets_at;
        if ((p->table == LAYOUT_TABLE_SPARSE_8 ? at[n] : half(at + 2 * n)) >= target->size) return 1;
    }
    return 0;
}

/* One of layout.IMAGE_*, or 0. */
static u32 bad_records(const u8 *image, const Header *h) {
    u32 neurons = 0, rings = 0, channels = 0, traces = 0;
    const Population *population = (const Population *)(image + h->populations_at);
    const Sensor *sensor = (const Sensor *)(image + h->sensors_at);
    const Projection *projection = (const Projection *)(image + h->projections_at);
    const Actuator *actuator = (const Actuator *)(image + h->actuators_at);
    if (outside(h, h->populations_at, h->populations * sizeof(Population), 4)
        || outside(h, h->sensors_at, h->sensors * sizeof(Sensor), 4)
        || outside(h, h->projections_at, h->projections * sizeof(Projection), 4)
        || outside(h, h->actuators_at, h->actuators * sizeof(Actuator), 4) || outside(h, h->names_at, 0, 1))
        return LAYOUT_IMAGE_RECORD;
    for (u32 i = 0; i < h->populations; i++, population++) {
        if (population->model != LAYOUT_MODEL_LIF) return LAYOUT_IMAGE_UNSUPPORTED;
        if (population->receptors || population->params || !population->size || population->du > 4095
            || population->dv > 4095 || population->vth > 131071 || population->bias_mant < -4096
            || population->bias_mant > 4095 || population->bias_exp > 7 || population->depth - 1u > 62
            || population->first != neurons || population->ring_at != rings)
            return LAYOUT_IMAGE_RECORD;
        neurons += population->size;
        rings += population->size * population->depth;
    }
    for (u32 i = 0; i < h->sensors; i++, sensor++) {
        if (sensor->kind - 1u >= LAYOUT_ENCODE_SPIKE || sensor->first != channels || sensor->rate > 4096) return LAYOUT_IMAGE_RECORD;
        channels += sensor->size;
    }
    for (u32 i = 0; i < h->actuators; i++, actuator++) {
        if (actuator->kind - 1u >= LAYOUT_DECODE_WINNER) return LAYOUT_IMAGE_UNSUPPORTED;
        if (actuator->first + actuator->size > h->neurons
            || actuator->decay > 4096 || actuator->before > 30 || actuator->after > 30
            || actuator->gain >= 1 << 14 || actuator->ceiling > 32767 || actuator->trace != traces
            || (actuator->kind == LAYOUT_DECODE_WINNER && actuator->size > LAYOUT_CHOICES_MAX))
            return LAYOUT_IMAGE_RECORD;
        traces += actuator->kind == LAYOUT_DECODE_WINNER ? actuator->size : 1;
    }
    if (neurons != h->neurons || rings != h->accumulators || channels != h->channels || traces != h->traces)
        return LAYOUT_IMAGE_RECORD;
    for (u32 i = 0; i < h->projections; i++, projection++) {
        if (projection->table == LAYOUT_TABLE_CONVOLUTION) return LAYOUT_IMAGE_UNSUPPORTED;
        if (bad_projection(image, h, projection)) return LAYOUT_IMAGE_RECORD;
    }
    return 0;
}

__attribute__((section(".entry"), used)) u32 check(const u8 *image, u32 size) {
    const Header *h = (const Header *)image;
    if (size < LAYOUT_HEADER_SIZE + 4) return LAYOUT_IMAGE_SHORT;
    if (word(image) != LAYOUT_MAGIC) return LAYOUT_IMAGE_MAGIC;
    if (h->version != LAYOUT_VERSION || h->flags || h->header_size != LAYOUT_HEADER_SIZE)
        return LAYOUT_IMAGE_VERSION;
    if (h->length != size) return LAYOUT_IMAGE_LENGTH;
    if (crc32(image, size) != CRC_RESIDUE) return LAYOUT_IMAGE_CRC;
    return bad_records(image, h);
}
