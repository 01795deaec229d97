/* The way in from MicroPython: a viper function's calling convention, as mpy-cross compiles `def run(op, plan, ...)`
 * (py/emitnative.c, py/nativeglue.h of MicroPython 1.23 to 1.29). Objects are read and made by MicroPython itself,
 * through the table of functions that every .mpy with native code is given.
 */
#include "native.h"
#include <stddef.h>

typedef void *Object;
typedef struct {
    void *module[2], *strings;
    void **objects;
} Context;
typedef struct {
    void *type;
    const Context *context;
} Function;
typedef struct {
    Object none, no, yes;
    uword (*from_object)(Object, uword type);
    Object (*to_object)(uword, uword type);
} Table;

enum { TYPE_INT = 2, TYPE_PTR32 = 7 }; /* MP_NATIVE_TYPE_* */

__attribute__((section(".entry"), used)) Object run(const Function *self, size_t n, size_t keywords, const Object *args) {
    const Table *python = self->context->objects[0];
    iword values[PLAN_PARTS];
    values[0] = values[1] = 0; /* no operation but BIND looks at more */
    (void)keywords;
    if (n < 2) return python->none;
    iword op = (iword)python->from_object(args[0], TYPE_INT);
    if (op == PLAN_BIND && n != 2 + PLAN_PARTS) return python->none;
    iword *plan = (iword *)python->from_object(args[1], TYPE_PTR32);
    for (size_t i = 2; i < n && i < 2 + PLAN_PARTS; i++)
        values[i - 2] = (iword)python->from_object(args[i], op == PLAN_BIND ? TYPE_PTR32 : TYPE_INT);
    return python->to_object((uword)(iword)native_run(op, plan, values), TYPE_INT);
}
