/* Start, semihosting (ARM, "Semihosting for AArch32 and AArch64", 2022) and the clock. */
#include "machine.h"

enum { SYS_OPEN = 1, SYS_WRITE = 5, SYS_EXIT_EXTENDED = 0x20 };
enum { MODE_WRITE_BINARY = 5, STOPPED = 0x20026 };

extern uint32_t stack;
int main(void);
static uint32_t output;

static uint32_t host(uint32_t operation, const void *arguments) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = arguments;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void open_output(void) {
    static const char name[] = "output.bin";
    const uint32_t arguments[] = {(uint32_t)name, MODE_WRITE_BINARY, sizeof name - 1};
    output = host(SYS_OPEN, arguments);
    if (output == 0xFFFFFFFF) end(3);
}

void put_bytes(const void *at, uint32_t bytes) {
    const uint32_t arguments[] = {output, (uint32_t)at, bytes};
    if (bytes && host(SYS_WRITE, arguments)) end(4);
}

void put_out(uint32_t word) { put_bytes(&word, 4); }

void end(uint32_t failed) {
    const uint32_t arguments[] = {STOPPED, failed};
    host(SYS_EXIT_EXTENDED, arguments);
    for (;;) {}
}

/* The compiler calls these. */
void *memset(void *to, int value, __SIZE_TYPE__ n) {
    for (volatile uint8_t *p = to; n--;) *p++ = (uint8_t)value;
    return to;
}

void *memcpy(void *to, const void *from, __SIZE_TYPE__ n) {
    const uint8_t *q = from;
    for (volatile uint8_t *p = to; n--;) *p++ = *q++;
    return to;
}

#define SYSTICK ((volatile uint32_t *)0xE000E010)

void start_clock(void) {
    SYSTICK[1] = 0xFFFFFF;
    SYSTICK[2] = 0;
    SYSTICK[0] = 5; /* the processor's clock, no interrupt */
    while (!SYSTICK[2]) {} /* it begins to count down from above */
}

uint32_t clock_ticks(void) { return 0xFFFFFF - SYSTICK[2]; }

void reset(void) {
    extern uint32_t arena;
    for (uint32_t *p = (uint32_t *)((uint32_t)&arena & 0xFFF00000); p < &arena; p++) *p = 0;
    end((uint32_t)main());
}

static void fault(void) { end(2); }

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    &stack, reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault,
};
