/*
 * Faults from outside: a library that is loaded before libc (LD_PRELOAD) into a program under test,
 * and stands between it and the files under one folder.
 *
 *   control.c  what is to go wrong, read live from a file that the test writes
 *   journal.c  what has to be undone so that only what was synced is left
 *   files.c    which descriptors are watched
 *   calls.c    the functions of libc that are replaced
 *
 * Environment: FAULTS_PREFIX, the folder, as an absolute path without links; FAULTS_CONTROL, the
 * control file (none: nothing goes wrong); FAULTS_JOURNAL, an empty folder on the same file system
 * (none: nothing is kept for undoing). Without a prefix the library does nothing at all.
 *
 * Writes through a shared mapping are not seen (SQLite's index of its log is the one such file, and
 * is made anew after a crash), nor are raw system calls.
 */
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The calls that can be made to go wrong. The numbers are those of `Call` in control.rs. */
enum kind { KIND_WRITE, KIND_SYNC, KIND_TRUNCATE, KIND_OPEN, KIND_RENAME, KIND_UNLINK, KINDS };

/* What is to become of one call. */
struct verdict {
    int error;       /* an errno, or 0: it is to be made */
    bool kill_after; /* the process dies when it has been made */
};

/* control.c */
void control_open(const char *path);
/* Counts the call, waits if it is to be slow or is held, and kills the process if it is to die before it. */
struct verdict judge(enum kind kind);
/* Kills the process if it is to die after the call. */
void conclude(struct verdict verdict);
void give_up(const char *why) __attribute__((noreturn));

/* files.c */
struct file {
    uint64_t inode;
    int reader; /* a descriptor that can be read: what is overwritten is kept first */
    bool is_watched;
    bool is_folder;
    bool appends;
    /* Of another descriptor's failed sync, as the kernel tells each of them once; under the journal's
       lock. */
    int stale_error;
};
void files_open(const char *prefix);
/* Whether the file is under the watched folder; then its absolute path is in `full`. */
bool is_watched_path(int folder, const char *path, char full[PATH_MAX]);
void file_opened(int fd, int flags);
void file_closing(int fd);
struct file *watched(int fd); /* NULL: not one of ours */
/* Has each other descriptor of the file say the same with its next sync. */
void files_failed(int fd, uint64_t inode, int error);

/* journal.c. All but open, lock and unlock are called with the lock held, before the change. */
void journal_open(const char *folder);
void journal_lock(void);
void journal_unlock(void);
uint64_t journal_count(void);
void journal_write(const struct file *file, uint64_t offset, uint64_t length);
void journal_resize(uint64_t inode, int reader, uint64_t size);
void journal_synced(uint64_t inode, uint64_t upto);
void journal_lost(uint64_t inode, uint64_t upto);
void journal_created(const char *path);
void journal_named(uint64_t inode); /* the one exception: after CREATED, when it is there */
void journal_renaming(const char *from, const char *to);
void journal_unlinking(const char *path);
