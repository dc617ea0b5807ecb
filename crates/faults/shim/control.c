/* What is to go wrong: a file of 64-bit words that the test writes and this process maps. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAGIC 0x737475616c66ULL
#define ALWAYS_PPM 1000000
/* So often a call that is held looks whether it still is. */
#define HELD_LOOK_US 1000

/* The words of one kind of call, in the order of control.rs. The first two, and `holding`, are written here. */
struct slot {
    uint64_t calls;
    uint64_t failed;
    uint64_t delay_us;
    uint64_t error;
    uint64_t first; /* the first call that fails, counted from 1 */
    uint64_t count; /* how many from there on may fail */
    uint64_t ppm;   /* of how many in a million of those it is true */
    uint64_t kill;  /* 0 no, 1 before, 2 after the call `kill_at` */
    uint64_t kill_at;
    uint64_t held; /* a call that finds it set waits until it is no more */
    uint64_t holding; /* how many wait so now */
    uint64_t spare[5];
};

struct control {
    uint64_t magic;
    uint64_t version; /* odd while the test writes */
    uint64_t seed;
    uint64_t spare[5];
    struct slot slots[KINDS];
};

static struct control *control;

void give_up(const char *why) {
    static const char name[] = "faults: ";
    syscall(SYS_write, 2, name, sizeof name - 1);
    syscall(SYS_write, 2, why, strlen(why));
    syscall(SYS_write, 2, "\n", 1);
    abort();
}

void control_open(const char *path) {
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) give_up("the control file cannot be opened");
    void *map = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (map == MAP_FAILED) give_up("the control file cannot be mapped");
    control = map;
    if (control->magic != MAGIC) give_up("this is no control file");
}

static void die(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

static void wait_us(uint64_t us) {
    struct timespec left = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) continue;
}

/* The same for the same seed, kind and number of the call, however the threads interleave. */
static uint64_t dice(uint64_t seed, enum kind kind, uint64_t call) {
    uint64_t bits = seed ^ ((uint64_t)kind + 1) * 0x9e3779b97f4a7c15ULL;
    bits += call * 0xd1342543de82ef95ULL;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
    return (bits ^ (bits >> 31)) % ALWAYS_PPM;
}

/* A copy of the slot that is not half of one setting and half of the next. */
static uint64_t read_slot(enum kind kind, struct slot *seen) {
    for (;;) {
        uint64_t before = __atomic_load_n(&control->version, __ATOMIC_ACQUIRE);
        uint64_t seed = __atomic_load_n(&control->seed, __ATOMIC_RELAXED);
        const uint64_t *from = (const uint64_t *)&control->slots[kind];
        uint64_t *to = (uint64_t *)seen;
        for (size_t word = 0; word < sizeof *seen / sizeof *to; word++)
            to[word] = __atomic_load_n(&from[word], __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        uint64_t after = __atomic_load_n(&control->version, __ATOMIC_RELAXED);
        if (before == after && before % 2 == 0) return seed;
    }
}

struct verdict judge(enum kind kind) {
    struct verdict verdict = {0, false};
    if (!control) return verdict;
    struct slot *live = &control->slots[kind], seen;
    uint64_t call = __atomic_add_fetch(&live->calls, 1, __ATOMIC_RELAXED);
    uint64_t seed = read_slot(kind, &seen);
    if (seen.delay_us) wait_us(seen.delay_us);
    if (seen.held) {
        __atomic_add_fetch(&live->holding, 1, __ATOMIC_RELAXED);
        while (__atomic_load_n(&live->held, __ATOMIC_ACQUIRE)) wait_us(HELD_LOOK_US);
        __atomic_sub_fetch(&live->holding, 1, __ATOMIC_RELAXED);
    }
    if (seen.kill == 1 && seen.kill_at == call) die();
    verdict.kill_after = seen.kill == 2 && seen.kill_at == call;
    bool is_due = call >= seen.first && call - seen.first < seen.count;
    if (seen.error && is_due && dice(seed, kind, call) < seen.ppm) {
        __atomic_add_fetch(&live->failed, 1, __ATOMIC_RELAXED);
        verdict.error = (int)seen.error;
    }
    return verdict;
}

void conclude(struct verdict verdict) {
    if (verdict.kill_after) die();
}
