@ The hot loops for armv7m (Cortex-M3) and, with DSP defined, armv7emsp (Cortex-M4, M33): see hot.h.

    .syntax unified
    .ifdef DSP
    .cpu cortex-m4
    .else
    .cpu cortex-m3
    .endif
    .thumb
    .text

    .macro FUNCTION name
    .global \name
    .type \name, %function
    .thumb_func
    .balign 4
\name:
    .endm

@ Entries lie 16 times in a row; the first round is entered where what is left divides by 16.
FUNCTION hot_packed
    push {r4-r10, lr}
    ldr r1, [r0, #24]           @ step
    ldr r2, [r0, #20]           @ ring
    ldr r8, [r0, #8]            @ row starts
    ldr r9, [r0, #12]           @ entries
    ldr r10, [r0, #4]           @ end of fired
    ldr r0, [r0]                @ fired
    adr lr, .Lpacked_round
.Lpacked_row:
    ldrh r3, [r0], #2
    add r3, r8, r3, lsl #1
    ldrh r4, [r3]
    ldrh r5, [r3, #2]
    subs r6, r4, r5
    beq .Lpacked_next
    and r6, r6, #15             @ entries to leave out of the first round
    subs r4, r4, r6
    add r4, r9, r4, lsl #1
    add r5, r9, r5, lsl #1
    add r7, lr, r6, lsl #4
    mov pc, r7
    .balign 4
.Lpacked_round:
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    ldrb r3, [r4, #(2 * \i)]
    ldrb r6, [r4, #(2 * \i + 1)]
    ldr.w r7, [r2, r3, lsl #2]
    mla r7, r6, r1, r7
    str.w r7, [r2, r3, lsl #2]
    .endr
    adds r4, #32
    cmp r4, r5
    blo .Lpacked_round
.Lpacked_next:
    cmp r0, r10
    bne .Lpacked_row
    pop {r4-r10, pc}

FUNCTION hot_wide
    push {r4-r12, lr}
    ldr r1, [r0, #24]           @ step
    ldr r2, [r0, #20]           @ ring
    ldr r8, [r0, #8]            @ row starts
    ldr r9, [r0, #12]           @ targets
    ldr r10, [r0, #4]           @ end of fired
    ldr r12, [r0, #16]          @ weights
    ldr r0, [r0]                @ fired
    adr lr, .Lwide_round
.Lwide_row:
    ldrh r3, [r0], #2
    add r3, r8, r3, lsl #1
    ldrh r5, [r3]
    ldrh r11, [r3, #2]
    subs r6, r5, r11
    beq .Lwide_next
    and r6, r6, #15             @ entries to leave out of the first round
    subs r5, r5, r6
    add r4, r9, r5, lsl #1
    add r5, r12, r5
    add r11, r9, r11, lsl #1
    add r7, lr, r6, lsl #4
    mov pc, r7
    .balign 4
.Lwide_round:
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    ldrh r3, [r4, #(2 * \i)]
    ldrb r6, [r5, #\i]
    ldr.w r7, [r2, r3, lsl #2]
    mla r7, r6, r1, r7
    str.w r7, [r2, r3, lsl #2]
    .endr
    adds r5, #16
    adds r4, #32
    cmp r4, r11
    blo .Lwide_round
.Lwide_next:
    cmp r0, r10
    bne .Lwide_row
    pop {r4-r12, pc}

@ The first targets are passed over, by pointers that begin so much earlier, where n is less than all 31.
FUNCTION hot_narrow
    push {r4-r9, lr}
    mov r4, r1                  @ n
    rsb r3, r4, #31             @ to pass over
    ldr r2, [r0, #20]
    sub r2, r2, r3, lsl #2      @ ring
    ldr r8, [r0, #8]
    sub r8, r8, r3              @ weights
    movs r6, #10
    adr r9, .Lnarrow_round
    mla r9, r3, r6, r9          @ the first entry
    ldr r5, [r0, #4]            @ end of fired
    ldr r1, [r0, #24]           @ step
    ldr r0, [r0]                @ fired
    b .Lnarrow_row
    .balign 4
.Lnarrow_round:
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    ldrb r6, [r3, #\i]
    ldr r7, [r2, #(4 * \i)]
    mla r7, r6, r1, r7
    str r7, [r2, #(4 * \i)]
    .endr
    cmp r0, r5
    beq .Lnarrow_done
.Lnarrow_row:
    ldrh r3, [r0], #2
    mla r3, r3, r4, r8
    mov pc, r9
.Lnarrow_done:
    pop {r4-r9, pc}

@ Rows keep r7 .. r12 and lr, and may use the others; those of packed tables keep r0 .. r3 too (see emit.c).
FUNCTION hot_straight
    push {r4-r11, lr}
    ldr r10, [r0, #8]           @ addresses of rows
    ldr r9, [r0, #4]            @ end of fired
    ldr r7, [r0]                @ fired
    ldr r0, [r0, #20]           @ ring, and what lies 32, 64, 96, 128 targets behind
    mov r8, r0
    add r1, r0, #128
    add r2, r0, #256
    add r3, r0, #384
    add r4, r0, #512
    mov r11, r4
    adr r6, .Lstraight_row
    adds r6, #1
    mov lr, r6
    .balign 4
.Lstraight_row:
    cmp r7, r9
    beq .Lstraight_done
    ldrh r6, [r7], #2
    ldr.w pc, [r10, r6, lsl #2]
.Lstraight_done:
    pop {r4-r11, pc}

@ A word of weights in \w: \even sums bytes 0 and 2; \odd sums bytes 1 and 3, without DSP and byte 2 between them,
@ which is taken out at the end.
    .macro SUM w, even, odd
    .ifdef DSP
    uxtab16 \even, \even, \w
    uxtab16 \odd, \odd, \w, ror #8
    .else
    add \odd, \odd, \w, lsr #8
    and \w, \w, #0x00ff00ff
    add \even, \even, \w
    .endif
    .endm

    .macro SUMS_OUT even, odd, at
    .ifndef DSP
    lsr r1, \even, #16
    sub \odd, \odd, r1, lsl #8
    .endif
    strd \even, \odd, [r0, #\at]
    .endm

    .macro SUMS_ROW
    ldrh lr, [r0], #2
    mla lr, lr, r3, r2
    .endm

FUNCTION hot_sums_16
    push {r0, r4-r12, lr}
    ldr r3, [r0, #12]           @ stride
    ldr r2, [r0, #8]            @ weights
    ldr r1, [r0, #4]            @ end of fired
    ldr r0, [r0]
    .irp r, r4, r5, r6, r7, r8, r9, r10, r11
    mov \r, #0
    .endr
.Lsums_16_row:
    SUMS_ROW
    ldr r12, [lr]
    SUM r12, r4, r5
    ldr r12, [lr, #4]
    SUM r12, r6, r7
    ldr r12, [lr, #8]
    SUM r12, r8, r9
    ldr r12, [lr, #12]
    SUM r12, r10, r11
    cmp r0, r1
    bne .Lsums_16_row
    pop {r0}
    SUMS_OUT r4, r5, 16
    SUMS_OUT r6, r7, 24
    SUMS_OUT r8, r9, 32
    SUMS_OUT r10, r11, 40
    pop {r4-r12, pc}

FUNCTION hot_sums_4
    push {r0, r4, r5, lr}
    ldr r3, [r0, #12]           @ stride
    ldr r2, [r0, #8]            @ weights
    ldr r1, [r0, #4]            @ end of fired
    ldr r0, [r0]
    mov r4, #0
    mov r5, #0
.Lsums_4_row:
    SUMS_ROW
    ldr r12, [lr]
    SUM r12, r4, r5
    cmp r0, r1
    bne .Lsums_4_row
    pop {r0}
    SUMS_OUT r4, r5, 16
    pop {r4, r5, pc}

@ \to <- decay(\x, 1 - keep), keep in 2^12ths: the upper word of (\x << \left) * (keep << (20 - \left)), to which
@ 4095 * 2^20 (in lr's upper bits) is added for negative \x, so that floor rounds toward zero. u is below 2^30 and
@ its keep below 4096: 1 to the left. v is below 2^23, and its keep may be 4096: 7. \x and r7 are lost.
    .macro DECAY to, x, keep, left
    and r7, lr, \x, asr #31
    lsl \x, \x, #\left
    mov \to, #0
    smlal r7, \to, \x, \keep
    .endm

@ r0, r1, r2: u, v, drive; r12: end of u. On the stack: awake, the Lif.
FUNCTION hot_lif
    push {r4-r11, lr}
    movs r1, #0
    push {r0, r1}
    ldr r8, [r0, #16]
    lsl r8, r8, #19             @ keep_u
    ldr r9, [r0, #20]
    lsl r9, r9, #13             @ keep_v
    ldr r10, [r0, #24]          @ bias
    ldr r11, [r0, #28]          @ threshold
    ldr lr, =0xfff00000
    ldr r3, [r0, #12]
    ldrd r1, r2, [r0, #4]
    ldr r0, [r0]
    add r12, r0, r3, lsl #2
.Llif_neuron:
    ldr r4, [r0], #4            @ u
    ldr r5, [r1], #4            @ v
    ldr r6, [r2], #4            @ what arrived
    orr r7, r4, r10
    orr r3, r5, r6
    orrs r7, r7, r3
    beq .Llif_next              @ quiescent: stays exactly so
    DECAY r3, r4, r8, 1
    cbz r6, .Llif_range         @ nothing to add; but a u far out wraps again
    movs r7, #0
    str r7, [r2, #-4]
    add r3, r3, r6, lsl #6
.Llif_range:
    add r7, r3, #0x00800000
    subs r7, #1
    lsrs r7, r7, #24
    bne .Llif_wrap
.Llif_u:
    str r3, [r0, #-4]
    DECAY r4, r5, r9, 7
    add r4, r4, r10
    adds r5, r4, r3
    bmi .Llif_negative
    cmp r5, r11
    bgt .Llif_spike
.Llif_v:
    str r5, [r1, #-4]
    str r0, [sp, #4]            @ awake
.Llif_next:
    cmp r0, r12
    bne .Llif_neuron
    pop {r0, r1}
    str r1, [r0, #40]
    pop {r4-r11, pc}
.Llif_wrap:                     @ once around 24 bits
    cmp r3, #0
    ite mi
    addmi r3, r3, #0x01000000
    subpl r3, r3, #0x01000000
    b .Llif_u
.Llif_negative:                 @ no threshold is
    mvn r6, #0xff000000         @ 2^24 - 1
    lsr r6, r6, #1              @ 2^23 - 1
    adds r7, r5, r6
    bpl .Llif_v
    rsb r5, r6, #0
    b .Llif_v
.Llif_spike:
    ldr r7, [sp]
    sub r5, r12, r0             @ what is left of the population, and
    ldr r6, [r7, #12]
    sub r6, r6, r5, lsr #2
    ldr r5, [r7, #36]
    add r6, r6, r5              @ this one's number, plus 1
    subs r6, #1
    ldr r5, [r7, #32]
    strh r6, [r5], #2
    str r5, [r7, #32]
    movs r5, #0
    b .Llif_v
    .ltorg
