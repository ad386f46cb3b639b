/* SPDX-License-Identifier: MIT
 *
 * Lua: a text is compiled and run, without libraries, for a bounded number of
 * instructions and within a bounded heap.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "lauxlib.h"
#include "lua.h"

enum { HEAP_MAX = 1 << 20, STEPS = 2000 };

static void *allocate(void *used, void *block, size_t old, size_t size)
{
    size_t *total = used;
    if (!block)
        old = 0; /* it names a type then */
    if (size == 0) {
        *total -= old;
        free(block);
        return NULL;
    }
    if (size > old && *total - old + size > HEAP_MAX)
        return NULL;
    void *bigger = realloc(block, size);
    if (bigger)
        *total = *total - old + size;
    return bigger;
}

static void enough(lua_State *L, lua_Debug *unused)
{
    (void)unused;
    luaL_error(L, "enough");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t used = 0;
    lua_State *L = lua_newstate(allocate, &used);
    if (!L)
        return 0;
    lua_sethook(L, enough, LUA_MASKCOUNT, STEPS);
    if (luaL_loadbufferx(L, (const char *)data, size, "fuzz", "t") == LUA_OK)
        (void)lua_pcall(L, 0, 0, 0);
    lua_close(L);
    return 0;
}
