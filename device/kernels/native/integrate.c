/* The first stage of a tick: each population by its model, quiet ones in O(1). As myco.engine and myco.kernel. */
#include "hot.h"
#include "models.h"

/* Whether neurons with all state at zero, to which nothing arrives, stay exactly so and silent. */
static u32 can_rest(const Population *p, const u8 *image) {
    const u8 *block = image + 4 * p->params;
    switch (p->model) {
    case LAYOUT_MODEL_GENERAL_LIF:
        return !p->bias_mant && !((const General *)block)->bias_at;
    case LAYOUT_MODEL_ADAPTIVE_LIF: return !p->bias_mant && p->vth; /* v - r >= theta, also where all are 0 */
    case LAYOUT_MODEL_TERNARY_LIF: return !p->bias_mant && *(const i32 *)block <= 0;
    case LAYOUT_MODEL_RESONATE_RESET: return p->vth != 0;
    case LAYOUT_MODEL_IZHIKEVICH: return 0;
    case LAYOUT_MODEL_LIF: return !p->bias_mant;
    default: return 1; /* resonate-and-fire, graded, rectified */
    }
}

static u32 plain(const Neurons *n) {
    const Population *p = n->population;
    Lif lif = {n->u, n->v, n->drive, p->size, 4095 - p->du, 4096 - p->dv, bias_of(p), (i32)(p->vth << 6),
               n->fired, p->first, 0};
    hot_lif(&lif);
    n->state->awake |= (i32)lif.awake;
    return (u32)(lif.fired - n->fired);
}

/* Lava's LIFReset: all state to zero once a period, before the tick is integrated. */
static void reset_in_time(const Neurons *n, u16 *phase) {
    const General *g = n->block;
    if (!g->interval) return;
    u32 now = *phase + 1u;
    if (now == g->interval) now = 0;
    *phase = (u16)now;
    if (now != g->offset) return;
    u32 columns = n->population->receptors + (g->refractory ? 1u : 0u);
    for (u32 i = 0; i < n->population->size; i++) n->u[i] = n->v[i] = 0;
    for (u32 i = 0; i < n->population->size * columns; i++) n->extra[i] = 0;
}

static u32 by_model(const Neurons *n) {
    switch (n->population->model) {
    case LAYOUT_MODEL_LIF: return plain(n);
    case LAYOUT_MODEL_GENERAL_LIF: return general_lif(n);
    case LAYOUT_MODEL_ADAPTIVE_LIF: return adaptive_lif(n);
    case LAYOUT_MODEL_TERNARY_LIF: return ternary_lif(n);
    case LAYOUT_MODEL_RESONATE_FIRE:
    case LAYOUT_MODEL_RESONATE_RESET: return resonate(n);
    case LAYOUT_MODEL_IZHIKEVICH: return izhikevich(n);
    default: return graded(n);
    }
}

static u32 extra_columns(const Population *p, const u8 *image) {
    const General *g = (const General *)(image + 4 * p->params);
    switch (p->model) {
    case LAYOUT_MODEL_GENERAL_LIF: return p->receptors + (g->refractory ? 1u : 0u);
    case LAYOUT_MODEL_ADAPTIVE_LIF: return 2;
    case LAYOUT_MODEL_IZHIKEVICH: return 1;
    default: return 0;
    }
}

/* Whether something may have arrived for this tick; forgets it. */
static u32 arrived(iword *words, u32 slot) {
    iword *flags = words + PLAN_ARRIVED + (slot >> 5);
    u32 bit = 1u << (slot & 31), was = (u32)*flags & bit;
    *flags = (iword)((u32)*flags & ~bit);
    return was;
}

/* Populations from .. to - 1; those before must have been integrated in this tick. */
void integrate(iword *plan, u32 from, u32 to) {
    const u8 *image = IMAGE(plan);
    const Population *p = PARTS(plan, Population, populations_at);
    u16 *segments = HALVES(plan, SEGMENTS);
    u32 count = from ? segments[from] : 0;
    i32 *extra = WORDS(plan, EXTRA);
    for (u32 i = 0; i < to; extra += p->size * extra_columns(p, image), i++, p++) {
        if (i < from) continue;
        segments[i] = (u16)count;
        iword *words = POPULATION_WORDS(plan, i);
        u32 slot = HALVES(plan, SLOTS)[i];
        State state = {0};
        Neurons n = {p, image + 4 * p->params, image, WORDS(plan, U) + p->first, WORDS(plan, V) + p->first, extra,
                     WORDS(plan, DRIVE) + p->ring_at + slot * p->size * (1u + p->receptors),
                     HALVES(plan, FIRED) + count, WORDS(plan, PAYLOAD) + count, &state};
        if (p->model == LAYOUT_MODEL_GENERAL_LIF) reset_in_time(&n, HALVES(plan, PHASES) + i);
        if (!arrived(words, slot) && !words[PLAN_AWAKE] && can_rest(p, image)) continue;
        count += by_model(&n);
        words[PLAN_AWAKE] = state.awake != 0;
    }
    segments[to] = (u16)count;
}
