@ Rows of synapses, for armv6m (Cortex-M0, M0+): see hot.h. Only r0 .. r7 take part in most instructions; what is needed
@ once a row waits in r8 .. r12.

#include "armv6m.inc"

@ One entry at r4: weight, target, add to the ring at r2. kind: plus, minus (step 1, -1) or times (step in r1).
    .macro ENTRY kind, i
    ldrb r6, [r4, #(2 * \i + 1)]
    ldrb r3, [r4, #(2 * \i)]
    .ifc \kind, times
    muls r6, r1
    .endif
    lsls r3, #2
    ldr r7, [r2, r3]
    .ifc \kind, minus
    subs r7, r6
    .else
    adds r7, r6
    .endif
    str r7, [r2, r3]
    .endm

@ All rows. Entries lie 16 times in a row; the first round is entered where what is left divides by 16.
@ width: bytes of an entry's code, halved.
    .macro PACKED kind, width
.L\kind\()_row:
    ldrh r3, [r0]
    adds r0, #2
    lsls r3, #1
    add r3, r8
    ldrh r4, [r3]
    ldrh r5, [r3, #2]
    lsls r4, #1
    lsls r5, #1
    subs r3, r4, r5
    beq .L\kind\()_next
    add r5, r9
    add r4, r9
    lsls r3, #27
    lsrs r3, #27
    subs r4, r3
    movs r6, #\width
    muls r3, r6
    add pc, r3
    nop
.L\kind\()_round:
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    ENTRY \kind, \i
    .endr
    adds r4, #32
    cmp r4, r5
    blo .L\kind\()_round
.L\kind\()_next:
    cmp r0, r10
    .ifc \kind, times
    beq .Lpacked_done
    b .L\kind\()_row
    .else
    bne .L\kind\()_row
    b .Lpacked_done
    .endif
    .endm

FUNCTION hot_packed
    SAVE
    ldr r1, [r0, #24]           @ step
    ldr r2, [r0, #20]           @ ring
    ldr r3, [r0, #8]
    mov r8, r3                  @ row starts
    ldr r3, [r0, #12]
    mov r9, r3                  @ entries
    ldr r3, [r0, #4]
    mov r10, r3                 @ end of fired
    ldr r0, [r0]                @ fired
    cmp r1, #1
    beq .Lplus_row
    adds r3, r1, #1
    beq .Lminus
    b .Ltimes_row
.Lminus:
    b .Lminus_row
    PACKED plus, 6
    PACKED minus, 6
    PACKED times, 7
.Lpacked_done:
    RESTORE

FUNCTION hot_wide
    SAVE
    ldr r1, [r0, #24]           @ step
    ldr r2, [r0, #20]           @ ring
    ldr r3, [r0, #8]
    mov r8, r3                  @ row starts
    ldr r3, [r0, #12]
    mov r9, r3                  @ targets
    ldr r3, [r0, #4]
    mov r10, r3                 @ end of fired
    ldr r3, [r0, #16]
    mov r12, r3                 @ weights
    ldr r0, [r0]                @ fired
.Lwide_row:
    ldrh r3, [r0]
    adds r0, #2
    lsls r3, #1
    add r3, r8
    ldrh r5, [r3]
    ldrh r4, [r3, #2]
    subs r3, r5, r4
    bne .Lwide_some
    b .Lwide_next
.Lwide_some:
    lsls r4, #1
    add r4, r9
    mov r11, r4                 @ end of the row's targets
    lsls r3, #28
    lsrs r3, #28                @ entries to leave out of the first round
    subs r5, r3
    lsls r4, r5, #1
    add r4, r9                  @ targets
    add r5, r12                 @ weights
    movs r6, #14
    muls r3, r6
    add pc, r3
    nop
.Lwide_round:
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    ldrb r6, [r5, #\i]
    ldrh r3, [r4, #(2 * \i)]
    muls r6, r1
    lsls r3, #2
    ldr r7, [r2, r3]
    adds r7, r6
    str r7, [r2, r3]
    .endr
    adds r5, #16
    adds r4, #32
    cmp r4, r11
    blo .Lwide_round
.Lwide_next:
    cmp r0, r10
    beq .Lwide_done
    b .Lwide_row
.Lwide_done:
    RESTORE

@ The first targets are passed over, by pointers that begin so much earlier, where n is less than all 31.
FUNCTION hot_narrow
    SAVE
    movs r4, r1                 @ n
    movs r3, #31
    subs r3, r4                 @ to pass over
    ldr r2, [r0, #20]
    lsls r6, r3, #2
    subs r2, r6                 @ ring
    ldr r6, [r0, #8]
    subs r6, r3
    mov r8, r6                  @ weights
    movs r6, #10
    muls r3, r6
    adr r6, .Lnarrow_round
    adds r6, r3
    mov r9, r6                  @ the first entry
    ldr r5, [r0, #4]            @ end of fired
    ldr r1, [r0, #24]           @ step
    ldr r0, [r0]                @ fired
    b .Lnarrow_row
    .balign 4
.Lnarrow_round:
    .irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    ldrb r6, [r3, #\i]
    ldr r7, [r2, #(4 * \i)]
    muls r6, r1
    adds r7, r6
    str r7, [r2, #(4 * \i)]
    .endr
    cmp r0, r5
    beq .Lnarrow_done
.Lnarrow_row:
    ldrh r3, [r0]
    adds r0, #2
    muls r3, r4
    add r3, r8
    mov pc, r9
.Lnarrow_done:
    RESTORE

@ Rows keep r7 .. r12 and lr, and may use the others; those of packed tables keep r0 .. r3 too (see emit.c).
FUNCTION hot_straight
    SAVE
    ldr r7, [r0, #8]
    mov r10, r7                 @ addresses of rows
    ldr r7, [r0, #4]
    mov r9, r7                  @ end of fired
    ldr r7, [r0]                @ fired
    ldr r0, [r0, #20]           @ ring, and what lies 32, 64, 96, 128 targets behind
    mov r8, r0
    adds r1, r0, #0
    adds r1, #128
    adds r2, r1, #0
    adds r2, #128
    adds r3, r2, #0
    adds r3, #128
    adds r4, r3, #0
    adds r4, #128
    mov r11, r4
    adr r6, .Lstraight_row
    adds r6, #1
    mov lr, r6
    .balign 4
.Lstraight_row:
    cmp r7, r9
    beq .Lstraight_done
    ldrh r6, [r7]
    adds r7, #2
    lsls r6, #2
    add r6, r10
    ldr r6, [r6]
    bx r6
.Lstraight_done:
    RESTORE
