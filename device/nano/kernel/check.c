/* Why an image is refused, one of layout.IMAGE_*, or 0: the twin of myco.check, all but its projections, which
 * tables.c checks afterwards. Two pieces of code, each in memory only while it runs: a heap in use for long has
 * few holes of more than 1,100 bytes.
 */
#include "image.h"

static u32 bad_actuator(const Header *h, const Actuator *a) {
    u32 size = a->size, decay = a->decay, shift = a->before + 6;
    if (!size || a->first + size > h->neurons || decay - 1 >= 4096 || a->before > 30 || a->after > 30
        || a->gain >= 1 << 14 || a->ceiling > 32767)
        return 1;
    if (a->kind == LAYOUT_DECODE_WINNER) return size > LAYOUT_CHOICES_MAX;
    return size >= decay << 6 || (size * a->gain) >> (shift > 31 ? 31 : shift) >= decay;
}

/* One of layout.IMAGE_*, or 0. */
static u32 bad_records(const Header *h) {
    u32 neurons = 0, rings = 0, channels = 0, traces = 0;
    const Population *population = RECORDS(h, Population, populations_at);
    const Sensor *sensor = RECORDS(h, Sensor, sensors_at);
    const Actuator *actuator = RECORDS(h, Actuator, actuators_at);
    /* Where records are and how many: four of each, one behind the other. This chip faults on crooked ones. */
    const u32 *at = &h->populations_at;
    const u16 *counts = &h->populations;
    u32 sizes = sizeof(Population) | sizeof(Sensor) << 8 | sizeof(Projection) << 16 | sizeof(Actuator) << 24;
    if (!h->dt_us || !h->populations || h->neurons + h->channels > 0xFFFF || outside(h, h->names_at, 0))
        return LAYOUT_IMAGE_RECORD;
    for (; sizes; sizes >>= 8, at++)
        if (*at & 3 || outside(h, *at, *counts++ * (sizes & 255))) return LAYOUT_IMAGE_RECORD;
    for (u32 i = h->populations; i--; population++) {
        if (population->model != LAYOUT_MODEL_LIF) return LAYOUT_IMAGE_UNSUPPORTED;
        u32 size = population->size, depth = population->depth;
        if (population->receptors | population->params || !size || population->du > 4095 || population->dv > 4096
            || population->vth > 131071 || population->bias_mant + 4096u > 8191 || population->bias_exp > 7
            || depth - 1 > 62 || population->first != neurons || population->ring_at != rings)
            return LAYOUT_IMAGE_RECORD;
        neurons += size;
        rings += size * depth;
    }
    for (u32 i = h->sensors; i--; sensor++) {
        if (sensor->kind - 1u >= LAYOUT_ENCODE_SPIKE) return LAYOUT_IMAGE_UNSUPPORTED;
        if (sensor->first != channels || !sensor->size || sensor->rate > 4096) return LAYOUT_IMAGE_RECORD;
        channels += sensor->size;
    }
    for (u32 i = h->actuators; i--; actuator++) {
        if (actuator->kind - 1u >= LAYOUT_DECODE_WINNER) return LAYOUT_IMAGE_UNSUPPORTED;
        if (bad_actuator(h, actuator) || actuator->trace != traces) return LAYOUT_IMAGE_RECORD;
        traces += actuator->kind == LAYOUT_DECODE_WINNER ? actuator->size : 1;
    }
    if (neurons != h->neurons || rings != h->accumulators || channels != h->channels || traces != h->traces)
        return LAYOUT_IMAGE_RECORD;
    return 0;
}

__attribute__((section(".entry"), used)) u32 check(const u8 *image, u32 size) {
    const Header *h = (const Header *)image;
    if (size < LAYOUT_HEADER_SIZE + 4) return LAYOUT_IMAGE_SHORT;
    if (*(const u32 *)h->magic != LAYOUT_MAGIC) return LAYOUT_IMAGE_MAGIC;
    if (h->version != LAYOUT_VERSION || h->flags || h->header_size != LAYOUT_HEADER_SIZE)
        return LAYOUT_IMAGE_VERSION;
    if (h->length != size) return LAYOUT_IMAGE_LENGTH;
    if (crc32(image, size) != CRC_RESIDUE) return LAYOUT_IMAGE_CRC;
    return bad_records(h);
}
