/* Writes programs into the chip's flash, where they run in place, and says how long the one there is.
 *
 * What may not enter here: where programs lie (mycoflux.deploy.nano_flash), and when they are written (nano_slot).
 */
#include "image.h"

/* The flash controller (nRF51 reference manual, NVMC), and the firmware's timer, which it stops while it writes
 * itself, with the same words (bbcmicrobit/micropython, source/lib/ticker.c). */
#define NVMC_READY (*(volatile u32 *)0x4001E400)
#define NVMC_CONFIG (*(volatile u32 *)0x4001E504)
#define NVMC_ERASEPAGE (*(volatile u32 *)0x4001E508)
#define TIMER_START (*(volatile u32 *)0x40008000)
#define TIMER_STOP (*(volatile u32 *)0x40008004)
#define TIMER_ANOMALY_73 (*(volatile u32 *)0x40008C0C)
#define PAGE 1024

enum { READING, WRITING, ERASING };

static void set(u32 mode) {
    while (!(NVMC_READY & 1)) {}
    NVMC_CONFIG = mode;
}

/* Write n bytes, in whole words, to `at`; where a page begins there, erase it first. None: the length of the
 * image at `at`, 0 where none of at most `from` bytes begins there.
 */
__attribute__((section(".entry"), used)) u32 flash(const u32 *from, volatile u32 *at, u32 n) {
    if (!n) {
        const Header *h = (const Header *)at;
        return *(const u32 *)h->magic == LAYOUT_MAGIC && h->length <= (uintptr_t)from ? h->length : 0;
    }
    TIMER_STOP = 1;
    TIMER_ANOMALY_73 = 0;
    if (!((uintptr_t)at % PAGE)) {
        set(ERASING);
        NVMC_ERASEPAGE = (uintptr_t)at;
    }
    set(WRITING);
    for (; n; n = n > 4 ? n - 4 : 0) {
        *at++ = *from++;
        while (!(NVMC_READY & 1)) {}
    }
    set(READING);
    TIMER_ANOMALY_73 = 1;
    TIMER_START = 1;
    return 0;
}
