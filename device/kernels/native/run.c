/* What the kernel can be asked to do; the numbers are those of myco.plan. */
#include "native.h"

void turn_rings(iword *plan) {
    const Population *p = PARTS(plan, Population, populations_at);
    u16 *slots = HALVES(plan, SLOTS);
    for (u32 i = 0; i < HEADER(plan)->populations; i++, p++) slots[i] = slots[i] + 1 == p->depth ? 0 : slots[i] + 1;
}

/* Nothing is known of the state: every population is awake, and everywhere something may have arrived. */
static void forget(iword *plan) {
    iword *words = POPULATION_WORDS(plan, 0), *end = POPULATION_WORDS(plan, HEADER(plan)->populations);
    while (words < end) *words++ = -1;
}

static void drop_code(iword *plan) {
    for (u32 i = 0; i < HEADER(plan)->projections; i++) CODE_OF(plan, i) = 0;
}

static i32 bind_to(iword *plan, const iword *buffers) {
    for (u32 i = 0; i < PLAN_PARTS; i++) plan[i] = buffers[i];
    if (plan[PLAN_IMAGE] % LAYOUT_ALIGN) return PLAN_CROOKED; /* small processors would fault */
    drop_code(plan);
    forget(plan);
    return PLAN_DONE;
}

static void tick(iword *plan) {
    const Header *h = HEADER(plan);
    integrate(plan, 0, h->populations);
    sense(plan);
    propagate(plan, 0, h->projections);
    actuate(plan);
    turn_rings(plan);
}

i32 native_run(iword op, iword *plan, const iword *a) {
    switch (op) {
    case PLAN_BIND: return bind_to(plan, a);
    case PLAN_TICK: tick(plan); break;
    case PLAN_INTEGRATE: integrate(plan, (u32)a[0], (u32)a[1]); break;
    case PLAN_SENSE: sense(plan); break;
    case PLAN_PROPAGATE: propagate(plan, (u32)a[0], (u32)a[1]); break;
    case PLAN_ACTUATE: actuate(plan), turn_rings(plan); break;
    case PLAN_FORGET: forget(plan); break;
    case PLAN_MEASURE: return straighten(plan, (u32)a[0], 0);
    case PLAN_EMIT: return straighten(plan, (u32)a[0], (u8 *)a[1]);
    case PLAN_DROP: drop_code(plan); break;
    default: return PLAN_UNKNOWN;
    }
    return HALVES(plan, SEGMENTS)[HEADER(plan)->populations];
}
