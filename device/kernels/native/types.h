/* Words that every file of the kernel uses. What may not enter the kernel: static data and calls through
 * addresses (the code is not linked to a place), libc, division on armv6m.
 */
#ifndef TYPES_H
#define TYPES_H
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t i8;
typedef int16_t i16;
typedef int32_t i32;
typedef int64_t i64;
typedef intptr_t iword; /* a machine word: what the plan is made of */
typedef uintptr_t uword;

#endif
