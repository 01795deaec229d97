@ Sums of dense rows, and LIF neurons, for armv6m (Cortex-M0, M0+): see hot.h.

#include "armv6m.inc"

@ A word of weights in \w: r2 is lost. E sums bytes 0 and 2; T sums the word shifted by 8, that is bytes 1 and 3
@ and, in between, byte 2, which is taken out at the end: an instruction less than masking twice.
    .macro SUM w, even, total
    lsrs r2, \w, #8
    add \total, r2
    ands \w, r1
    add \even, \w
    .endm

@ Sums out: [r0 + at], [r0 + at + 4].
    .macro SUMS_OUT even, total, at
    mov r2, \even
    str r2, [r0, #\at]
    lsrs r2, r2, #16
    lsls r2, r2, #8
    mov r3, \total
    subs r3, r2
    str r3, [r0, #(\at + 4)]
    .endm

    .macro SUMS_ENTER
    SAVE
    push {r0}                   @ popped at the end
    ldr r1, [r0, #12]           @ stride
    ldr r2, [r0, #8]            @ weights
    ldr r3, [r0, #4]            @ end of fired
    ldr r5, [r0]
    subs r5, r3                 @ negative: counted up to 0
    push {r1, r2, r3}
    ldr r1, =0x00ff00ff
    .endm

    .macro SUMS_ROW
    ldr r2, [sp, #8]
    ldrh r0, [r2, r5]
    ldr r2, [sp]
    muls r0, r2
    ldr r2, [sp, #4]
    adds r0, r2
    .endm

FUNCTION hot_sums_16
    SUMS_ENTER
    movs r6, #0
    movs r7, #0
    mov r8, r6
    mov r9, r6
    mov r10, r6
    mov r11, r6
    mov r12, r6
    mov lr, r6
.Lsums_16_row:
    SUMS_ROW
    ldmia r0!, {r3, r4}
    SUM r3, r8, r9
    SUM r4, r10, r11
    ldmia r0!, {r3, r4}
    SUM r3, r12, lr
    SUM r4, r6, r7
    adds r5, #2
    bne .Lsums_16_row
    add sp, #12
    pop {r0}
    SUMS_OUT r8, r9, 16
    SUMS_OUT r10, r11, 24
    SUMS_OUT r12, lr, 32
    SUMS_OUT r6, r7, 40
    RESTORE

FUNCTION hot_sums_4
    SUMS_ENTER
    movs r6, #0
    movs r7, #0
.Lsums_4_row:
    SUMS_ROW
    ldr r3, [r0]
    SUM r3, r6, r7
    adds r5, #2
    bne .Lsums_4_row
    add sp, #12
    pop {r0}
    SUMS_OUT r6, r7, 16
    RESTORE

@ \x <- decay(\x, 1 - r7 / 4096), rounded toward zero; r6 is lost. With x = h * 4096 + l, 0 <= l < 4096:
@ h * keep + ((l * keep + c) >> 12), where c = 4095 (in lr) for negative x makes floor round toward zero.
    .macro DECAY x, keep
    mov r7, \keep
    lsls r6, \x, #20
    lsrs r6, #20
    muls r6, r7
    asrs \x, \x, #12
    bpl .Lpositive\@
    add r6, lr
.Lpositive\@:
    lsrs r6, #12
    muls \x, r7
    adds \x, r6
    .endm

@ r0, r1, r2: ends of u, v, drive; r3: negative, counted up to 0. On the stack: awake, the Lif.
FUNCTION hot_lif
    SAVE
    movs r1, #0
    push {r0, r1}
    ldr r4, [r0, #16]
    mov r8, r4                  @ keep_u
    ldr r4, [r0, #20]
    mov r9, r4                  @ keep_v
    ldr r4, [r0, #24]
    mov r10, r4                 @ bias
    ldr r4, [r0, #28]
    mov r11, r4                 @ threshold
    ldr r4, =0x7fffff
    mov r12, r4
    ldr r4, =4095
    mov lr, r4
    ldr r3, [r0, #12]
    lsls r3, #2
    ldr r2, [r0, #8]
    adds r2, r3
    ldr r1, [r0, #4]
    adds r1, r3
    ldr r0, [r0]
    adds r0, r3
    rsbs r3, r3, #0
.Llif_neuron:
    ldr r4, [r0, r3]            @ u
    ldr r5, [r1, r3]            @ v
    ldr r6, [r2, r3]            @ what arrived
    mov r7, r10
    orrs r7, r4
    orrs r7, r5
    orrs r7, r6
    beq .Llif_next              @ quiescent: stays exactly so
    DECAY r4, r8
    ldr r6, [r2, r3]
    lsls r6, #6
    beq .Llif_range             @ nothing to add; but a u far out wraps again
    adds r4, r6
    movs r6, #0
    str r6, [r2, r3]
.Llif_range:
    mov r6, r12
    adds r6, r4
    lsrs r6, #24
    bne .Llif_wrap
.Llif_u:
    str r4, [r0, r3]
    DECAY r5, r9
    add r5, r10
    adds r5, r4
    bmi .Llif_negative
    cmp r5, r11
    bgt .Llif_spike
.Llif_v:
    str r5, [r1, r3]
    str r3, [sp, #4]            @ awake
.Llif_next:
    adds r3, #4
    bne .Llif_neuron
    pop {r0, r1}
    str r1, [r0, #40]
    RESTORE
.Llif_wrap:                     @ once around 24 bits
    movs r7, #1
    lsls r7, #24
    cmp r4, #0
    bmi .Llif_wrap_up
    subs r4, r7
    b .Llif_u
.Llif_wrap_up:
    adds r4, r7
    b .Llif_u
.Llif_negative:                 @ no threshold is
    mov r6, r12
    adds r6, r5
    bpl .Llif_v
    mov r5, r12
    rsbs r5, r5, #0
    b .Llif_v
.Llif_spike:
    ldr r7, [sp]
    ldr r5, [r7, #12]           @ neurons of the population
    lsls r5, #2
    adds r5, r3
    lsrs r5, #2                 @ this one's place
    ldr r6, [r7, #36]
    adds r5, r6
    ldr r6, [r7, #32]
    strh r5, [r6]
    adds r6, #2
    str r6, [r7, #32]
    movs r5, #0
    b .Llif_v
    .ltorg
