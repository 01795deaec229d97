/* A bare ARM machine under QEMU: files and the end by semihosting, time by SysTick. */
#ifndef MACHINE_H
#define MACHINE_H
#include <stdint.h>

void open_output(void);
void put_out(uint32_t word);
void put_bytes(const void *at, uint32_t bytes);
void end(uint32_t failed) __attribute__((noreturn));
void start_clock(void);
uint32_t clock_ticks(void); /* since start_clock, less than 2^24 */

#endif
