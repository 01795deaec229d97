/* The neuron models: each advances one population by a tick and returns how many neurons spiked. */
#ifndef MODELS_H
#define MODELS_H
#include "native.h"

typedef struct {
    i32 awake; /* what state is left, ored together: 0 where all neurons are at rest */
} State;

/* One population in one tick. */
typedef struct {
    const Population *population;
    const void *block; /* of its parameters */
    const u8 *image;
    i32 *u, *v, *extra;
    i32 *drive;   /* what arrived for this tick, receptor by receptor; to be set to zero */
    u16 *fired;   /* where spikes are appended */
    i32 *payload; /* and their values */
    State *state;
} Neurons;

static inline i32 bias_of(const Population *p) { return p->bias_mant * (1 << p->bias_exp); }

u32 general_lif(const Neurons *);
u32 adaptive_lif(const Neurons *);
u32 ternary_lif(const Neurons *);
u32 resonate(const Neurons *);
u32 izhikevich(const Neurons *);
u32 graded(const Neurons *);

#endif
