/* The tick, the framing and the requests of a tick for boards with 9 KB of heap, as one piece of position
 * independent Thumb code that is loaded into a bytearray. Semantics: myco.engine, myco.wire, myco.server;
 * every number that has a name there comes from there (build.py makes constants.h). Tests hold them equal.
 *
 * What may not enter here: static data (the code is not linked to an address), division, libc.
 */
#include "image.h"

/* A program's state, one part behind the other in the arena. */
typedef struct {
    const u8 *image;
    const Header *h;
    i32 *u, *v, *drive, *sigma, *traces;
    u16 *inputs, *outputs, *fired, *segments, *slots, *end;
} State;

static void locate(State *s, const u8 *image, i32 *arena) {
    const Header *h = (const Header *)image;
    s->image = image;
    s->h = h;
    s->u = arena;
    s->v = s->u + h->neurons;
    s->drive = s->v + h->neurons;
    s->sigma = s->drive + h->accumulators;
    s->traces = s->sigma + h->channels;
    s->inputs = (u16 *)(s->traces + h->traces);
    s->outputs = s->inputs + h->channels;
    s->fired = s->outputs + h->actuators;
    s->segments = s->fired + h->neurons + h->channels;
    s->slots = s->segments + h->populations + h->sensors + 1;
    s->end = s->slots + h->populations;
}

/* --- the tick ------------------------------------------------------------------------------------ */

static i32 decay(i32 x, u32 keep) {
    u32 y = x < 0 ? -x : x;
    y = (y >> 12) * keep + (((y & 4095) * keep) >> 12);
    return x < 0 ? -(i32)y : (i32)y;
}

static u32 integrate(State *s, const Population *p, i32 *ring, u32 count) {
    i32 bias = p->bias_mant * (1 << p->bias_exp);
    for (u32 k = 0; k < p->size; k++) {
        u32 i = p->first + k;
        i32 a = ring[k];
        ring[k] = 0;
        i32 x = decay(s->u[i], 4095 - p->du) + (i32)((u32)a << 6);
        if (x > 0x800000) x -= 0x1000000;
        else if (x <= -0x800000) x += 0x1000000;
        s->u[i] = x;
        i32 y = decay(s->v[i], 4096 - p->dv) + x + bias;
        if (y > (i32)(p->vth << 6)) {
            s->fired[count++] = i;
            y = 0;
        } else if (y < -0x7FFFFF) {
            y = -0x7FFFFF;
        }
        s->v[i] = y;
    }
    return count;
}

static u32 encode_port(State *s, const Sensor *p, u32 count) {
    for (u32 c = p->first; c < p->first + p->size; c++) {
        u32 value = s->inputs[c];
        if (p->kind == LAYOUT_ENCODE_RATE) {
            i32 sum = s->sigma[c] + (i32)(value * p->rate);
            value = sum >= ENCODERS_SIGMA_FULL;
            s->sigma[c] = value ? sum - ENCODERS_SIGMA_FULL : sum;
        }
        if (value) s->fired[count++] = s->h->neurons + c;
    }
    return count;
}

static i32 decode_port(State *s, const Actuator *p, u32 end) {
    i32 *trace = s->traces + p->trace;
    u32 winner = p->kind == LAYOUT_DECODE_WINNER;
    u32 traces = winner ? p->size : 1;
    for (u32 j = 0; j < traces; j++) trace[j] = decay(trace[j], 4096 - p->decay);
    for (u32 k = 0; k < end; k++) {
        u32 j = s->fired[k] - p->first;
        if (j < p->size) trace[winner ? j : 0] += 4096;
    }
    if (!winner) {
        u32 value = (((u32)trace[0] >> p->before) * p->gain) >> p->after;
        return value > p->ceiling ? p->ceiling : value;
    }
    i32 best = -1, most = 0;
    for (u32 j = 0; j < traces; j++) {
        if (trace[j] > most) {
            most = trace[j];
            best = j;
        }
    }
    return best;
}

static void deliver(State *s, const Projection *p, u32 graded) {
    const u8 *image = s->image;
    const Population *target = (const Population *)(image + s->h->populations_at) + p->target;
    u32 slot = s->slots[p->target] + p->delay; /* the rings have turned already */
    if (slot >= target->depth) slot -= target->depth;
    i32 *ring = s->drive + target->ring_at + slot * target->size + p->first_target;
    u32 table = p->table & LAYOUT_TABLE_MASK;
    u32 end = s->segments[p->group + 1];
    for (u32 k = s->segments[p->group]; k < end; k++) {
        u32 source = s->fired[k];
        u32 row = source - p->first;
        if (row >= p->sources) continue;
        u32 value = graded ? s->inputs[source - s->h->neurons] : 1u << p->shift;
        u32 shift = graded ? p->shift : 0;
        const u8 *w = image + p->weights_at, *t = image + p->targets_at;
        u32 n = p->targets;
        if (table == LAYOUT_TABLE_DENSE) {
            w += row * stride(n);
        } else {
            const u8 *starts = image + p->rows_at + 2 * row;
            u32 from = half(starts);
            n = half(starts + 2) - from;
            w += from;
            if (table == LAYOUT_TABLE_PACKED) w += from;
            t += 2 * from;
        }
        for (u32 j = 0; n--; j++) {
            if (table == LAYOUT_TABLE_PACKED) j = *w++;
            if (table == LAYOUT_TABLE_SPARSE_16) {
                j = half(t);
                t += 2;
            }
            ring[j] += p->sign * (i32)((value * *w++) >> shift);
        }
    }
}

static u32 tick(State *s) {
    const Header *h = s->h;
    const Population *population = (const Population *)(s->image + h->populations_at);
    const Sensor *sensor = (const Sensor *)(s->image + h->sensors_at);
    const Projection *projection = (const Projection *)(s->image + h->projections_at);
    const Actuator *actuator = (const Actuator *)(s->image + h->actuators_at);
    u32 count = 0;
    u16 *segment = s->segments;
    for (u32 i = 0; i < h->populations; i++, population++) {
        u32 slot = s->slots[i];
        count = integrate(s, population, s->drive + population->ring_at + slot * population->size, count);
        s->slots[i] = ++slot == population->depth ? 0 : slot;
        *++segment = count;
    }
    u32 spikes = count;
    for (u32 i = 0; i < h->sensors; i++) {
        count = encode_port(s, sensor + i, count);
        *++segment = count;
    }
    for (u32 i = 0; i < h->projections; i++, projection++) {
        u32 port = projection->group - h->populations;
        deliver(s, projection, port < h->sensors && sensor[port].kind == LAYOUT_ENCODE_CURRENT);
    }
    for (u32 i = 0; i < h->actuators; i++) s->outputs[i] = decode_port(s, actuator + i, spikes);
    return spikes;
}

/* --- the wire ------------------------------------------------------------------------------------- */

static u32 reply(i32 *c, u32 kind, u32 size) {
    u8 *content = (u8 *)c[CONTENT], *out = (u8 *)c[FRAME];
    u32 code_at = 1, end = 2;
    content[0] = kind;
    content[1] = c[LAST];
    put_word(content + 2 + size, crc32(content, size + 2));
    out[0] = 0;
    for (u32 i = 0; i < size + 6; i++, end++) {
        out[end] = content[i];
        if (!content[i]) {
            out[code_at] = end - code_at;
            code_at = end;
        }
    }
    out[code_at] = end - code_at;
    out[end] = 0;
    c[FRAME_SIZE] = end + 1;
    return SEND;
}

static u32 error(i32 *c, u32 number, u32 detail) {
    u8 *payload = (u8 *)c[CONTENT] + 2;
    payload[0] = number;
    put_word(payload + 1, detail);
    return reply(c, WIRE_ERROR, 5);
}

/* Set the inputs from `channel` on; 0, or the reply with the error. */
static u32 sense(i32 *c, State *s, u32 channel, const u8 *p, u32 size) {
    u32 kind = ((u8 *)c[CONTENT])[0];
    for (; size; p += 2, size -= 2) {
        if (channel >= s->h->channels) return error(c, WIRE_E_SHORT_REQUEST, channel);
        if (size == 1) return error(c, WIRE_E_SHORT_REQUEST, kind);
        u32 value = half(p);
        s->inputs[channel++] = value >= 0x8000 ? 0 : value > ARITH_SENSOR_MAX ? ARITH_SENSOR_MAX : value;
    }
    return 0;
}

static u8 *put_halves(u8 *at, const u8 *limit, const u16 *values, u32 n) {
    for (; n-- && at + 2 <= limit; values++) {
        *at++ = *values;
        *at++ = *values >> 8;
    }
    return at;
}

static u32 step(i32 *c, State *s, u8 *payload, u32 size) {
    if (size < 4) return error(c, WIRE_E_SHORT_REQUEST, WIRE_STEP);
    if (word(payload) != (u32)c[TICK]) return error(c, WIRE_E_WRONG_TICK, c[TICK]);
    u32 failed = sense(c, s, 0, payload + 4, size - 4);
    if (failed) return failed;
    c[SPIKES] = tick(s);
    u32 outputs = s->h->actuators;
    u32 room = (WIRE_MAX_PAYLOAD - 7) / 2;
    if (outputs > room) outputs = room;
    payload[4] = outputs; /* the tick stands where it stood in the request */
    payload[5] = c[SPIKES];
    payload[6] = c[SPIKES] >> 8;
    c[TICK] = (c[TICK] + 1) & ENGINE_TICK_MASK;
    const u8 *limit = payload + WIRE_MAX_PAYLOAD;
    u8 *at = put_halves(payload + 7, limit, s->outputs, outputs);
    at = put_halves(at, limit, s->fired, c[SPIKES]);
    return reply(c, WIRE_STEPPED, at - payload);
}

static u32 read(i32 *c, State *s, u8 *payload, u32 size) {
    if (size != 3) return error(c, WIRE_E_SHORT_REQUEST, WIRE_READ);
    u32 which = payload[0], i = half(payload + 1), n = 6;
    i32 health[6] = {c[FRAMES_BAD], c[FRAMES_OVERLONG], c[REPEATED], c[TICK], c[REFUSED], c[FILES_BAD]};
    const i32 *words = health;
    const u16 *halves = 0;
    if (which != WIRE_READ_HEALTH) {
        if (!s) return error(c, WIRE_E_NO_PROGRAM, 0);
        n = s->h->neurons;
        words = which == WIRE_READ_U ? s->u : s->v;
        if (which == WIRE_READ_SPIKES) {
            halves = s->fired;
            n = c[SPIKES];
        } else if (which == WIRE_READ_OUTPUTS) {
            halves = s->outputs;
            n = s->h->actuators;
        } else if (which - 1u > 1) {
            return error(c, WIRE_E_UNKNOWN_REQUEST, WIRE_READ);
        }
    }
    u8 *at = payload;
    for (; i < n && at + 4 <= payload + WIRE_MAX_PAYLOAD; i++, at += 4)
        put_word(at, !halves ? (u32)words[i] : which == WIRE_READ_OUTPUTS ? (u32)(int16_t)halves[i] : halves[i]);
    return reply(c, WIRE_TABLE, at - payload);
}

static void start(i32 *c, State *s) {
    for (u16 *p = (u16 *)s->u; p < s->end; p++) *p = 0;
    c[TICK] = c[SPIKES] = 0;
}

/* The answer to a request that Python was left with. */
static u32 answer(i32 *c, u32 failure) {
    u8 *content = (u8 *)c[CONTENT], *p = content + 2;
    if (failure) return error(c, failure, c[DETAIL]);
    if (content[0] != WIRE_HELLO) return reply(c, WIRE_ACK, 0);
    *p++ = WIRE_PROTOCOL;
    for (u32 i = 0; i < 8; i++) *p++ = ((u8 *)c[BUNDLE])[i];
    *p++ = WIRE_MAX_FRAME;
    *p++ = 0;
    const Header *h = (const Header *)c[IMAGE];
    put_word(p, h && !c[UNKEPT] ? word((const u8 *)h + h->length - 4) : 0);
    put_word(p + 4, c[TICK]);
    put_word(p + 8, c[HEAP]);
    return reply(c, WIRE_WELCOME, p + 12 - content - 2);
}

static u32 put_data(i32 *c, const u8 *payload, u32 size) {
    if (size < 4) return error(c, WIRE_E_SHORT_REQUEST, WIRE_PUT_DATA);
    u32 at = c[RECEIVED];
    size -= 4;
    if (!c[INCOMING] || word(payload) != at || size > c[INCOMING_SIZE] - at)
        return error(c, WIRE_E_WRONG_OFFSET, at);
    for (u32 i = 0; i < size; i++) ((u8 *)c[INCOMING])[at + i] = payload[4 + i];
    c[RECEIVED] = at + size;
    return reply(c, WIRE_ACK, 0);
}

/* Answer what needs no memory of MicroPython's; leave the rest to `nano`. */
static u32 request(i32 *c, u32 size) {
    u8 *content = (u8 *)c[CONTENT], *payload = content + 2;
    u32 kind = content[0];
    State state, *s = 0;
    if (c[IMAGE]) {
        s = &state;
        locate(s, (const u8 *)c[IMAGE], (i32 *)c[ARENA]);
    }
    if (kind == WIRE_READ) return read(c, s, payload, size);
    if (kind == WIRE_PUT_DATA) return put_data(c, payload, size);
    if (kind == WIRE_STEP || kind == WIRE_RESET || kind == WIRE_SENSE) {
        if (kind == WIRE_SENSE && size < 2) return error(c, WIRE_E_SHORT_REQUEST, kind);
        if (!s) return error(c, WIRE_E_NO_PROGRAM, 0);
        if (kind == WIRE_STEP) return step(c, s, payload, size);
        if (kind == WIRE_RESET) start(c, s);
        u32 failed = kind == WIRE_SENSE ? sense(c, s, half(payload), payload + 2, size - 2) : 0;
        return failed ? failed : reply(c, WIRE_ACK, 0);
    }
    if (kind == WIRE_HELLO) {
        if (!size) return error(c, WIRE_E_SHORT_REQUEST, kind);
        if (payload[0] != WIRE_PROTOCOL) return error(c, WIRE_E_PROTOCOL, WIRE_PROTOCOL);
    } else if (kind == WIRE_PUT_BEGIN) {
        if (size != 8) return error(c, WIRE_E_SHORT_REQUEST, kind);
        c[RECEIVED] = 0;
        c[INCOMING_SIZE] = word(payload);
        if (c[INCOMING_SIZE] & ~0xFFFF) return error(c, WIRE_E_NO_MEMORY, c[HEAP]);
    } else if (kind == WIRE_PUT_END) {
        if (!c[INCOMING] || c[RECEIVED] != c[INCOMING_SIZE]) return error(c, WIRE_E_WRONG_OFFSET, c[RECEIVED]);
    } else if (kind != WIRE_STOP && kind != WIRE_FORGET) {
        return error(c, WIRE_E_UNKNOWN_REQUEST, kind);
    }
    c[INCOMING] = 0; /* whatever Python does next, what was being received is over or begins anew */
    return kind;
}

static u32 frame(i32 *c) {
    u8 *content = (u8 *)c[CONTENT];
    u32 size = c[SIZE], begun = c[BEGUN], whole = !c[LEFT], lost = c[SKIPPING];
    c[SIZE] = c[LEFT] = c[BEGUN] = c[SKIPPING] = 0;
    if (lost || !begun) return NOTHING;
    if (!whole || size < 6 || crc32(content, size) != CRC_RESIDUE) {
        c[FRAMES_BAD]++;
        return NOTHING;
    }
    if (content[0] >= WIRE_WELCOME) return NOTHING;
    if (content[1] == c[LAST] && content[0] != WIRE_HELLO) {
        c[REPEATED]++;
        return SEND;
    }
    c[LAST] = content[1];
    return request(c, size - 6);
}

static u32 push(i32 *c, u32 byte) {
    u8 *content = (u8 *)c[CONTENT];
    if (!byte) return frame(c);
    if (c[SKIPPING]) return NOTHING;
    if (!c[BEGUN]) {
        c[BEGUN] = 1;
        c[LEFT] = byte - 1;
        return NOTHING;
    }
    if (c[SIZE] >= WIRE_MAX_CONTENT) {
        c[FRAMES_OVERLONG]++;
        c[SKIPPING] = 1;
        return NOTHING;
    }
    if (c[LEFT]) {
        c[LEFT]--;
        if (byte == WIRE_CTRL_C && !c[SIZE]) {
            c[LEFT] = c[BEGUN] = 0;
            return BREAK;
        }
    } else {
        c[LEFT] = byte - 1;
        byte = 0;
    }
    content[c[SIZE]++] = byte;
    return NOTHING;
}

__attribute__((section(".entry"), used)) i32 kernel(u32 operation, u32 argument, i32 *c) {
    State s;
    if (operation == PUSH) return push(c, argument);
    if (operation == REPLY) return answer(c, argument);
    if (operation == QUIET) {
        if (c[BEGUN] && !c[SKIPPING]) c[FRAMES_BAD]++;
        c[SIZE] = c[LEFT] = c[BEGUN] = c[SKIPPING] = 0;
        return 0;
    }
    if (operation >= SET) return c[operation - SET] = argument;
    locate(&s, (const u8 *)(operation == MEASURE ? argument : (u32)c[IMAGE]), operation == MEASURE ? 0 : (i32 *)c[ARENA]);
    if (operation == START) start(c, &s);
    return (i32)s.end;
}
