/* SPDX-License-Identifier: MIT
 *
 * The last moment of a crashing worker. An exception that nobody handles ends
 * in the process's last filter, which gives the circumstances to on_fault and
 * ends the process with the exception's number. The system finds that filter
 * over the stack; where the stack is damaged so that it won't, a vectored
 * handler, which is asked first, stands in for it. abort() raises no exception
 * but a signal of the C library.
 *
 * All of this runs on the thread's own stack, of which a part is kept back for
 * an overflow; in another thread an overflow may kill without last words.
 */
#include "platform/windows_guest.h"

#include <signal.h>

#include "platform/jump.h"

#define STATUS_ABORTED ((int)STATUS_FATAL_APP_EXIT)

/* Kept back for the handlers of a stack that has overflowed. */
#define STACK_GUARANTEE (64u * 1024)

/* Where guest_try() goes on after a fault, NULL outside of it, and the thread
 * that is in it. */
static jump_place *escape;
static uintptr_t trying;

static windows_teller on_death;
static LPTOP_LEVEL_EXCEPTION_FILTER earlier;
static const CONTEXT *place;
static volatile LONG dying;

const CONTEXT *windows_place(void)
{
    return place;
}

static _Noreturn void wait_for_the_end(void)
{
    for (;;)
        Sleep(INFINITE);
}

/* ---- trying ---- */

static bool is_access(DWORD code)
{
    return code == EXCEPTION_ACCESS_VIOLATION ||
           code == EXCEPTION_IN_PAGE_ERROR || code == EXCEPTION_GUARD_PAGE ||
           code == EXCEPTION_DATATYPE_MISALIGNMENT;
}

static _Noreturn void leave_try(void)
{
    jump_to(*escape);
}

/* Makes the thread go on in leave_try, as if called from beyond the frames that
 * are left. */
static void send_to_escape(CONTEXT *registers)
{
    const uintptr_t below = 4096; /* the frame of guest_try, and more */
    uintptr_t sp = ((uintptr_t)escape - below) & ~(uintptr_t)15;
    registers->Rsp = sp - sizeof(uintptr_t);
    registers->Rip = (uintptr_t)leave_try;
}

static LONG WINAPI on_exception(EXCEPTION_POINTERS *e);

static void catch_first(void)
{
    static bool caught;
    if (!caught)
        caught = AddVectoredExceptionHandler(1, on_exception) != NULL;
}

bool guest_try(void (*work)(void *ctx), void *ctx)
{
    jump_place here;
    jump_place *volatile outer = escape;
    volatile bool ok = false;
    catch_first();
    if (jump_here(here) == 0) {
        trying = guest_thread();
        escape = &here;
        work(ctx);
        ok = true;
    }
    escape = outer;
    return ok;
}

/* ---- telling ---- */

struct telling {
    windows_teller tell;
    const struct guest_fault *fault;
};

static void run_telling(void *ctx)
{
    const struct telling *t = ctx;
    t->tell(t->fault);
}

void windows_tell(windows_teller tell, struct guest_fault *fault,
                  const CONTEXT *registers)
{
    struct telling telling = {tell, fault};
    fault->pc = registers->Rip;
    fault->sp = registers->Rsp;
    fault->fp = registers->Rbp;
    place = registers;
    (void)guest_try(run_telling, &telling);
    place = NULL;
}

/* Of several threads that die at once the first one tells; the others must not
 * end the process in the middle of that. */
static _Noreturn void die(struct guest_fault *fault, const CONTEXT *registers)
{
    if (InterlockedExchange(&dying, 1))
        wait_for_the_end();
    windows_tell(on_death, fault, registers);
    windows_note_leaving();
    for (;;)
        (void)TerminateProcess(GetCurrentProcess(), (UINT)fault->signal);
}

/* ---- exceptions ---- */

static _Noreturn void die_of(const EXCEPTION_POINTERS *e)
{
    const EXCEPTION_RECORD *r = e->ExceptionRecord;
    struct guest_fault fault = {.signal = (int)r->ExceptionCode};
    bool overflow = r->ExceptionCode == EXCEPTION_STACK_OVERFLOW;
    if (r->NumberParameters >= 2 && (overflow || is_access(r->ExceptionCode))) {
        fault.code = (int)r->ExceptionInformation[0];
        fault.address = r->ExceptionInformation[1];
    } else if (overflow) {
        fault.address = e->ContextRecord->Rsp;
    }
    die(&fault, e->ContextRecord);
}

/* Errors of the processor and the system; languages throw other numbers. */
static bool is_error(DWORD code)
{
    return code >> 28 == 0xC;
}

/* Asked first about every exception, most of which are somebody's way of
 * working. */
static LONG WINAPI on_exception(EXCEPTION_POINTERS *e)
{
    DWORD code = e->ExceptionRecord->ExceptionCode;
    if (escape && is_access(code)) {
        /* Another thread's fault is no business of ours, and what is being
         * told may be its cause. */
        if (guest_thread() != trying)
            wait_for_the_end();
        send_to_escape(e->ContextRecord);
        return EXCEPTION_CONTINUE_EXECUTION;
    }
    if (on_death && is_error(code) && code != EXCEPTION_STACK_OVERFLOW &&
        !windows_stack_is_whole(e->ContextRecord))
        die_of(e);
    return EXCEPTION_CONTINUE_SEARCH;
}

/* What was there before (the C library's, which knows signal(), or the
 * target's) goes first: what it handles is no crash. */
static LONG WINAPI on_unhandled(EXCEPTION_POINTERS *e)
{
    LONG answer = earlier ? earlier(e) : EXCEPTION_CONTINUE_SEARCH;
    if (answer != EXCEPTION_CONTINUE_SEARCH)
        return answer;
    die_of(e);
}

static void on_abort(int signal)
{
    struct guest_fault fault = {.signal = STATUS_ABORTED};
    CONTEXT registers;
    (void)signal;
    RtlCaptureContext(&registers);
    (void)windows_unwind(&registers);
    die(&fault, &registers);
}

/* A stack grows page by page, and stops growing where the guarantee begins; but
 * Wine gives all of it at once, with the page that notices an overflow at its
 * very end. There it is moved to where it belongs. */
static void keep_stack_back(void)
{
    ULONG guarantee = STACK_GUARANTEE;
    ULONG_PTR low, high;
    MEMORY_BASIC_INFORMATION m;
    DWORD before;
    (void)SetThreadStackGuarantee(&guarantee);
    GetCurrentThreadStackLimits(&low, &high);
    char *page = (char *)low + guest_page_size() + STACK_GUARANTEE; // NOLINT
    if (VirtualQuery(page, &m, sizeof m) && m.State == MEM_COMMIT &&
        m.Protect == PAGE_READWRITE)
        (void)VirtualProtect(page, guest_page_size(),
                             PAGE_READWRITE | PAGE_GUARD, &before);
}

void guest_catch_faults(void (*on_fault)(const struct guest_fault *fault))
{
    on_death = on_fault;
    keep_stack_back();
    catch_first();
    earlier = SetUnhandledExceptionFilter(on_unhandled);
    void (*before)(int) = signal(SIGABRT, on_abort);
    if (before != SIG_DFL && before != SIG_ERR)
        (void)signal(SIGABRT, before);
}
