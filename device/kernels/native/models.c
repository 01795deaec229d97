/* The neuron models beyond the plain LIF, as myco.neurons has them; the equations are in docs/semantics.md. */
#include "models.h"

/* x * m / 4096, rounded toward zero. */
static i32 scaled(i32 x, i32 m) { return m < 0 ? -decay(x, (u32)-m) : decay(x, (u32)m); }

static i32 take(i32 *at) {
    i32 a = *at;
    *at = 0;
    return a;
}

/* The current of one receptor after a tick. */
static i32 current(i32 x, u32 du, i32 *arrived) {
    return wrap24(decay(x, 4095 - du) + (i32)((u32)take(arrived) << 6));
}

/* u and v of neuron i after a tick, before any spike: u is stored, v returned. */
static i32 membrane(const Neurons *n, u32 i, i32 bias) {
    const Population *p = n->population;
    i32 x = current(n->u[i], p->du, n->drive + i);
    n->u[i] = x;
    return clip_v(decay(n->v[i], 4096u - p->dv) + x + bias);
}

u32 general_lif(const Neurons *n) {
    const Population *p = n->population;
    const General *g = n->block;
    u32 size = p->size, count = 0, receptors = p->receptors;
    u32 bias_at = g->bias_at;
    i32 *held = g->refractory ? n->extra + receptors * size : 0, bias = bias_of(p), threshold = (i32)(p->vth << 6);
    for (u32 i = 0; i < size; i++) {
        i32 busy = n->u[i] | n->v[i] | n->drive[i] | (held ? held[i] : 0);
        for (u32 r = 0, j = i; r < receptors; r++, j += size) busy |= n->extra[j] | n->drive[j + size];
        if (bias_at) bias = (i16)half(n->image + bias_at + 2 * i) * (1 << p->bias_exp);
        if (!(busy | bias)) continue; /* quiescent: stays exactly so */
        n->state->awake = 1;
        i32 total = current(n->u[i], p->du, n->drive + i);
        n->u[i] = total;
        for (u32 r = 0, j = i; r < receptors; r++, j += size)
            total += n->extra[j] = current(n->extra[j], g->du[r], n->drive + j + size);
        if (held && held[i]) {
            held[i]--;
            continue; /* v is held */
        }
        i32 y = clip_v(decay(n->v[i], 4096u - p->dv) + total + bias);
        if (y > threshold && g->kind != MODELS_RESET_NEVER) {
            n->fired[count++] = (u16)(p->first + i);
            y = g->kind == MODELS_RESET_BY_SUBTRACTION ? y - threshold : g->reset;
            if (held) held[i] = g->refractory;
        }
        n->v[i] = y;
    }
    return count;
}

u32 adaptive_lif(const Neurons *n) {
    const Population *p = n->population;
    const Adaptive *a = n->block;
    u32 size = p->size, count = 0;
    for (u32 i = 0; i < size; i++) {
        i32 *above = n->extra + i, *r = above + size; /* the threshold above its rest; the refractory state */
        i32 y = membrane(n, i, bias_of(p));
        n->v[i] = y;
        *above = decay(*above, 4096u - a->delta_theta);
        *r = decay(*r, 4096u - a->delta_r);
        i32 theta = *above + (i32)(p->vth << 6);
        if (y - *r >= theta) {
            n->fired[count++] = (u16)(p->first + i);
            *r += 2 * theta;
            *above += (i32)(a->step << 6);
        }
        n->state->awake |= n->u[i] | y | *above | *r;
    }
    return count;
}

u32 ternary_lif(const Neurons *n) {
    const Population *p = n->population;
    i32 high = (i32)(p->vth << 6), low = *(const i32 *)n->block * 64;
    u32 count = 0;
    for (u32 i = 0; i < p->size; i++) {
        i32 y = membrane(n, i, bias_of(p));
        if (y > high || y < low) {
            n->payload[count] = y > high ? 1 : -1;
            n->fired[count++] = (u16)(p->first + i);
            y = 0;
        }
        n->v[i] = y;
        n->state->awake |= n->u[i] | y;
    }
    return count;
}

/* Lava's RF, and RF_IZ, which is reset. */
u32 resonate(const Neurons *n) {
    const Population *p = n->population;
    const Resonate *r = n->block;
    i32 vth = (i32)p->vth;
    u32 count = 0, resets = p->model == LAYOUT_MODEL_RESONATE_RESET;
    for (u32 i = 0; i < p->size; i++) {
        i32 x = n->u[i], y = n->v[i];
        i32 real = scaled(x, r->cosine) - scaled(y, r->sine);
        real = clip_v(real + (i32)((u32)take(n->drive + i) << r->exponent));
        i32 imaginary = clip_v(scaled(x, r->sine) + scaled(y, r->cosine));
        if (resets ? imaginary >= vth : real >= vth && imaginary >= 0 && y < 0) {
            n->fired[count++] = (u16)(p->first + i);
            if (resets) real = 0, imaginary = vth - 1;
        }
        n->u[i] = real;
        n->v[i] = imaginary;
        n->state->awake |= real | imaginary;
    }
    return count;
}

/* One step of v; see docs/semantics.md. */
static i32 quadratic(i32 y, i32 drift, const Izhikevich *z) {
    const i32 lift = NEURONS_IZHIKEVICH_LIMIT / 25 + 1; /* a floor, for y below 0 too */
    i32 slope = (i32)divide((u32)(y + 25 * lift), 25) - lift + 5 * NEURONS_IZHIKEVICH_ONE;
    i32 square = (slope * (y >> 7) + ((slope * (y & 127)) >> 7)) >> 5;
    y += scaled(clip_v(square + 140 * NEURONS_IZHIKEVICH_ONE + drift), z->h);
    if (y < -NEURONS_IZHIKEVICH_LIMIT) y = -NEURONS_IZHIKEVICH_LIMIT;
    return y > z->peak ? z->peak : y;
}

u32 izhikevich(const Neurons *n) {
    const Population *p = n->population;
    const Izhikevich *z = n->block;
    u32 count = 0;
    for (u32 i = 0; i < p->size; i++) {
        i32 x = current(n->u[i], p->du, n->drive + i), w = n->extra[i], y = n->v[i];
        n->u[i] = x;
        for (u32 k = 0; k < z->steps; k++) y = quadratic(y, x + bias_of(p) - w, z);
        w = clip_v(w + scaled(clip_v(scaled(y, z->b) - w), z->a));
        if (y >= z->peak) {
            n->fired[count++] = (u16)(p->first + i);
            y = z->reset;
            w = clip_v(w + z->step);
        }
        n->v[i] = y;
        n->extra[i] = w;
    }
    return count;
}

/* Lava's GradedVec, and GradedReluVec, which is silent below zero. */
u32 graded(const Neurons *n) {
    const Population *p = n->population;
    i32 vth = (i32)p->vth;
    u32 count = 0;
    for (u32 i = 0; i < p->size; i++) {
        i32 a = take(n->drive + i);
        if (a > vth || (a < -vth && p->model == LAYOUT_MODEL_GRADED)) {
            n->fired[count] = (u16)(p->first + i);
            n->payload[count++] = a;
        }
    }
    return count;
}
