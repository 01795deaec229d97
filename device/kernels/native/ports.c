/* Encoders and decoders, as myco_hal.encoders and myco_hal.decoders have them. */
#include "native.h"

static u32 encode_port(iword *plan, const Sensor *p, u32 count) {
    const i16 *inputs = (const i16 *)plan[PLAN_INPUTS];
    i32 *sigma = WORDS(plan, SIGMA);
    u16 *fired = HALVES(plan, FIRED);
    for (u32 c = p->first; c < (u32)p->first + p->size; c++) {
        i32 spikes = inputs[c];
        if (p->kind == LAYOUT_ENCODE_RATE) {
            i32 sum = sigma[c] + inputs[c] * p->rate;
            spikes = spikes && sum >= ENCODERS_SIGMA_FULL;
            sigma[c] = spikes ? sum - ENCODERS_SIGMA_FULL : sum;
        }
        if (spikes) fired[count++] = (u16)(HEADER(plan)->neurons + c);
    }
    return count;
}

void sense(iword *plan) {
    const Header *h = HEADER(plan);
    const Sensor *sensor = PARTS(plan, Sensor, sensors_at);
    u16 *segment = HALVES(plan, SEGMENTS) + h->populations;
    u32 count = *segment;
    for (u32 i = 0; i < h->sensors; i++) {
        count = encode_port(plan, sensor + i, count);
        *++segment = (u16)count;
    }
}

/* A decoder's traces after a tick: one for all neurons, or one each. */
static void leak_and_count(iword *plan, const Actuator *p, i32 *trace) {
    u32 each = p->kind == LAYOUT_DECODE_WINNER, end = HALVES(plan, SEGMENTS)[HEADER(plan)->populations];
    const u16 *fired = HALVES(plan, FIRED);
    for (u32 j = 0; j < (each ? p->size : 1u); j++)
        if (trace[j]) trace[j] = decay(trace[j], 4096u - p->decay);
    for (u32 k = 0; k < end; k++) {
        u32 j = (u32)fired[k] - p->first;
        if (j < p->size) trace[each ? j : 0] += ARITH_TRACE_ONE;
    }
}

/* The place of the largest of n values above `least`; the first where several are equal, -1 where there is none. */
static i32 largest(const i32 *values, u32 n, i32 least) {
    i32 best = -1;
    for (u32 j = 0; j < n; j++)
        if (values[j] > least) least = values[j], best = (i32)j;
    return best;
}

static i32 gained(u32 x, const Actuator *p) {
    u32 value = ((x >> p->before) * p->gain) >> p->after;
    return (i32)(value > p->ceiling ? p->ceiling : value);
}

static i32 decode_port(iword *plan, const Actuator *p) {
    const i32 *v = WORDS(plan, V) + p->first;
    i32 *trace = WORDS(plan, TRACES) + p->trace;
    if (p->kind == LAYOUT_DECODE_POTENTIAL) return *v < 0 ? -gained((u32)-*v, p) : gained((u32)*v, p);
    if (p->kind == LAYOUT_DECODE_STRONGEST) return largest(v, p->size, -ARITH_V_LIMIT - 1);
    leak_and_count(plan, p, trace);
    return p->kind == LAYOUT_DECODE_WINNER ? largest(trace, p->size, 0) : gained((u32)*trace, p);
}

void actuate(iword *plan) {
    const Actuator *actuator = PARTS(plan, Actuator, actuators_at);
    for (u32 i = 0; i < HEADER(plan)->actuators; i++)
        HALVES(plan, OUTPUTS)[i] = (u16)decode_port(plan, actuator + i);
}
